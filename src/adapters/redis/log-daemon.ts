import { cutToFit } from '../../contracts/bounded-text.js';
import { LOG_FILES, type LogFile } from '../../logging/log-file-names.js';
import { createLogFiles, type LogFiles } from '../../logging/log-files.js';
import { entryLine } from '../../logging/log-line.js';
import type { Logger } from '../../logging/logger.js';
import { readPythonRecord } from '../../logging/python-record.js';
import { doubling, withBackoff, type Pauses } from '../../backoff/with-backoff.js';
import { pause } from '../../backoff/pause.js';
import { confirmRecords, takeRecords, type TakenRecords } from './log-list.js';
import { connectRedis, redisAddress, type RedisConnection, type RedisPlace } from './redis-connection.js';

/** Records taken at once. */
const BATCH = 200;
/** Pause while there is nothing to take: a line is in its file this much later. */
const IDLE_MS = 200;
const PAUSES = doubling({ firstMs: 500, longestMs: 10_000 });
/** Bytes of a bad record that are shown. */
const SHOWN = 300;

/**
 * Takes log records from Redis and writes the files of `logDir`, until `signal` ends it; what it has taken is written
 * then. A record is written at least once: one that was taken by a daemon of this name that died is written at the next
 * start. Never rejects because of Redis or of a file.
 */
export async function runLogDaemon(options: {
  readonly redis: RedisPlace;
  readonly logDir: string;
  /** Python's number of the lowest level that is written. */
  readonly leastLevel: number;
  /** Who takes: one daemon of a name at a time. */
  readonly name: string;
  /** The daemon's own log; it also gets the lines that no file takes. */
  readonly log: Logger;
  readonly signal: AbortSignal;
  readonly pauses?: Pauses;
  readonly answerMs?: number;
}): Promise<void> {
  const { redis: place, name, log, signal, pauses = PAUSES } = options;
  const address = redisAddress(place);
  const writer = createWriter(options);
  let connection: RedisConnection | null = null;
  let isAway = false;
  /** Mark of what is written, but not confirmed: Redis went away in between. */
  let unconfirmed: string | null = null;

  async function connect(): Promise<RedisConnection> {
    const redis = await connectRedis(place, { answerMs: options.answerMs });
    connection = redis;
    log.info({ redis: address }, isAway ? 'Redis answers again' : 'takes log records from Redis');
    isAway = false;
    return redis;
  }

  async function write(redis: RedisConnection, taken: TakenRecords): Promise<void> {
    if (taken.mark !== unconfirmed) for (const text of taken.records) writer.write(text);
    unconfirmed = taken.mark;
    await confirmRecords(redis, name, taken);
    unconfirmed = null;
  }

  async function takeUntilTheEnd({ answered }: { readonly answered: () => void }): Promise<void> {
    const redis = connection ?? (await connect());
    while (!signal.aborted) {
      const taken = await takeRecords(redis, name, BATCH);
      answered();
      if (taken.records.length === 0) await pause(IDLE_MS, signal);
      else await write(redis, taken);
    }
  }

  try {
    await withBackoff(takeUntilTheEnd, {
      ...{ pauses, signal },
      goesOn: (err) => {
        connection?.close();
        connection = null;
        if (!isAway) log.warn({ redis: address, err }, 'Redis does not answer; trying again');
        isAway = true;
        return true;
      },
    });
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    (connection as RedisConnection | null)?.close();
    writer.close();
  }
}

type WriterOptions = Pick<Parameters<typeof runLogDaemon>[0], 'logDir' | 'leastLevel' | 'log'>;

/** Writes one record after the other; a bad one is skipped with a warning. */
function createWriter({ logDir, leastLevel, log }: WriterOptions): {
  readonly write: (text: string) => void;
  readonly close: () => void;
} {
  const files: LogFiles<LogFile> = createLogFiles({
    directory: logDir,
    onBroken: (file, err) =>
      log.error({ file, err }, 'log files cannot be written; until they can, lines go to standard error only'),
    onMended: () => log.info('log files can be written again'),
  });

  return {
    write: (text) => {
      const read = readPythonRecord(text);
      if (!read.ok) {
        log.warn({ why: read.why, record: cutToFit(text, SHOWN) }, 'a record that cannot be read was skipped');
        return;
      }
      const { who, levelNumber, entry } = read.record;
      if (!isKnown(who)) {
        log.warn({ who, record: cutToFit(text, SHOWN) }, 'a record for an unknown log file was skipped');
        return;
      }
      if (levelNumber < leastLevel) return;
      const line = entryLine(entry);
      if (!files.append(who, line)) log.error({ who, line }, 'a line is missing in its file');
    },
    close: () => files.close(),
  };
}

function isKnown(who: string): who is LogFile {
  return (LOG_FILES as readonly string[]).includes(who);
}
