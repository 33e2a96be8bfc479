import { waitingRecords } from '../../adapters/redis/log-list.js';
import { connectRedis, redisAddress, redisPlaceOf } from '../../adapters/redis/redis-connection.js';
import { failed, ok, skipped, type Check, type Verdict, warning, whyOf } from './check.js';
import type { ExaminedHost } from './examined-host.js';

const ABOUT = 'Redis';
/** Waiting records that a log daemon which runs would have taken: it takes 200 at a time. */
const MANY = 10_000;

/** Logs in to the Redis that passes log records on, and counts those that wait there. */
export function redisCheck(host: ExaminedHost): Check {
  const { config, configFile } = host;
  const { redisHost, redisPort } = config;
  return {
    about: ABOUT,
    ifSilent: `redis-cli -h ${redisHost} -p ${redisPort} ping; it is redis_host and redis_port in ${configFile}`,
    run: async (signal) => {
      if (config.logTo === 'files') return [skipped(ABOUT, `log_to is files in ${configFile}: logs need none`)];
      return [await redisVerdict(host, signal)];
    },
  };
}

async function redisVerdict({ config, configFile, silenceMs }: ExaminedHost, signal: AbortSignal): Promise<Verdict> {
  const place = redisPlaceOf(config);
  const address = redisAddress(place);
  try {
    const redis = await connectRedis(place, { answerMs: silenceMs, signal });
    try {
      const waiting = await waitingRecords(redis);
      if (waiting < MANY) return ok(ABOUT, `${address} answers; ${waiting} log records wait there`);
      const message = `${waiting} log records wait in ${address}: the log daemon does not run, or is too slow`;
      return warning(ABOUT, message, 'systemctl start copr-backend-log; see journalctl -u copr-backend-log -n 100');
    } finally {
      redis.close();
    }
  } catch (error) {
    const { redisHost, redisPort } = place;
    const keys = 'redis_host, redis_port, redis_password and redis_db';
    return failed(
      ABOUT,
      `${address}: ${whyOf(error)}`,
      `redis-cli -h ${redisHost} -p ${redisPort} --askpass ping; its keys are ${keys} in ${configFile}`,
    );
  }
}
