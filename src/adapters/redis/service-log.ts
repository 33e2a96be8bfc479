import { copyToFiles } from '../../logging/log-copy.js';
import { createLogger, type Logger, type LoggerOptions } from '../../logging/logger.js';
import { createLogSender, type LogSender } from './log-sender.js';
import { redisPlaceOf, type RedisPlace } from './redis-connection.js';

/** The part of the configuration about logs. */
export type LogSettings = RedisPlace & {
  readonly logLevel: LoggerOptions['level'];
  /** `files`: this process writes the files of `logDir`; `redis`: it sends records to the log daemon. */
  readonly logTo: 'files' | 'redis';
  readonly logDir: string;
};

export type ServiceLog = {
  readonly log: Logger;
  /** Call it last: sends what is still here, for at most two seconds. */
  readonly close: () => Promise<void>;
};

/** The log of a process of the service: standard error, and the files that operators know. */
export function openServiceLog(
  config: LogSettings,
  options: Pick<LoggerOptions, 'name' | 'secrets' | 'destination'>,
): ServiceLog {
  const common = { level: config.logLevel, ...options };
  if (config.logTo === 'files') {
    return { log: createLogger({ ...common, copy: copyToFiles(config.logDir) }), close: () => Promise.resolve() };
  }
  const senders: LogSender[] = [];
  const log = createLogger({
    ...common,
    copy: (local) => {
      const sender = createLogSender({ redis: redisPlaceOf(config), local });
      senders.push(sender);
      return sender.send;
    },
  });
  return {
    log,
    close: async () => {
      await Promise.all(senders.map((sender) => sender.close()));
    },
  };
}

/** Runs `work` with the log of this process, and closes the log. */
export async function withServiceLog<T>(
  config: LogSettings,
  options: Parameters<typeof openServiceLog>[1],
  work: (log: Logger) => Promise<T>,
): Promise<T> {
  const { log, close } = openServiceLog(config, options);
  try {
    return await work(log);
  } finally {
    await close();
  }
}
