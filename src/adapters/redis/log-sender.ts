import { hostname } from 'node:os';
import { entryOf } from '../../logging/log-entry.js';
import { logFileOf, type LogFile } from '../../logging/log-file-names.js';
import type { LogCopy, Logger } from '../../logging/logger.js';
import { pythonRecord } from '../../logging/python-record.js';
import { doubling, withBackoff, type Pauses } from '../../backoff/with-backoff.js';
import { pause } from '../../backoff/pause.js';
import { appendRecords } from './log-list.js';
import { RecordQueue, type Bounds, type Dropped } from './record-queue.js';
import { connectRedis, redisAddress, type RedisConnection, type RedisPlace } from './redis-connection.js';

export type LogSender = {
  /** Takes a record for Redis. Never throws and never waits. */
  readonly send: LogCopy;
  /** Sends what is left, for at most two seconds; what Redis does not take then is counted in `local`. */
  readonly close: () => Promise<void>;
};

/** An hour of a busy worker's lines; more memory than this is not spent on a Redis that is away. */
const BOUNDS: Bounds = { records: 10_000, characters: 8 * 1024 * 1024 };
const PER_BATCH = 200;
const LAST_WORDS_MS = 2000;
const PAUSES = doubling({ firstMs: 1000, longestMs: 30_000 });
/** Pause between lines that say how many records were dropped. */
const REMINDER_MS = 600_000;

/**
 * Sends the records of this process to the log daemon, through Redis. While Redis is away, hangs or is full, the newest
 * wait here; `local` (standard error, the journal) has every line anyway and says what is missing in the files.
 */
export function createLogSender(options: {
  readonly redis: RedisPlace;
  readonly local: Logger;
  readonly bounds?: Bounds;
  readonly pauses?: Pauses;
  readonly answerMs?: number;
}): LogSender {
  const { redis: place, local, bounds = BOUNDS, pauses = PAUSES } = options;
  const address = redisAddress(place);
  const queue = new RecordQueue<LogFile>(bounds, (dropped) => noticeOf(dropped, address));
  const trouble = createTrouble({ local, address, queue, bounds });
  const ended = new AbortController();
  let connection: RedisConnection | null = null;
  let sending: Promise<void> | null = null;

  async function sendBatch(): Promise<void> {
    connection ??= await connectRedis(place, { answerMs: options.answerMs, signal: ended.signal });
    await appendRecords(connection, queue.batch(PER_BATCH));
    queue.sent();
    trouble.over();
  }

  async function sendAll(): Promise<void> {
    // Lines that are logged together travel together.
    await pause(0);
    while (!queue.isEmpty && !ended.signal.aborted) {
      await withBackoff(sendBatch, {
        ...{ pauses, signal: ended.signal },
        goesOn: (error) => {
          connection?.close();
          connection = null;
          trouble.met(error);
          return true;
        },
      });
    }
  }

  function start(): void {
    sending ??= sendAll()
      .catch(() => undefined) // told to end
      .finally(() => {
        sending = null;
        if (!queue.isEmpty && !ended.signal.aborted) start();
      });
  }

  return {
    send: (record) => {
      const who = logFileOf(record);
      const entry = entryOf(record);
      queue.add({ who, at: entry.at, text: pythonRecord(who, entry) });
      trouble.remind();
      start();
    },
    close: async () => {
      if (sending !== null) await Promise.race([sending, pause(LAST_WORDS_MS, ended.signal)]);
      ended.abort(new Error('the sender ends'));
      await sending;
      connection?.close();
      if (!queue.isEmpty)
        local.warn(
          { redis: address, records: queue.length },
          'log files lack records: Redis did not take them before the end',
        );
    },
  };
}

/** Says once that Redis takes no records, now and then how many were dropped, and once that it takes them again. */
function createTrouble(of: {
  readonly local: Logger;
  readonly address: string;
  readonly queue: RecordQueue<LogFile>;
  readonly bounds: Bounds;
}): { readonly met: (error: unknown) => void; readonly remind: () => void; readonly over: () => void } {
  const { local, address: redis, queue, bounds } = of;
  let since: string | null = null;
  let toldDropped = 0;
  let remindedAt = Number.NEGATIVE_INFINITY;
  const dropped = (): number => queue.droppedEver - toldDropped;

  return {
    met: (err) => {
      if (since !== null) return;
      since = new Date().toISOString();
      remindedAt = Number.NEGATIVE_INFINITY;
      local.warn(
        { redis, held: bounds.records, err },
        'Redis takes no log records; the newest wait here, and standard error has all of them',
      );
    },
    remind: () => {
      if (since === null || dropped() === 0 || performance.now() - remindedAt < REMINDER_MS) return;
      remindedAt = performance.now();
      local.warn({ redis, dropped: dropped(), since }, 'log files lack records: Redis takes none');
    },
    over: () => {
      if (since !== null) local.info({ redis, dropped: dropped(), since }, 'Redis takes log records again');
      else if (dropped() > 0) local.warn({ redis, dropped: dropped() }, 'log files lack records: Redis was too slow');
      since = null;
      toldDropped = queue.droppedEver;
    },
  };
}

/** The line in the file in which records are missing. */
function noticeOf({ who, count, since, until }: Dropped<LogFile>, address: string): string {
  const times = `from ${since.toISOString()} to ${until.toISOString()}`;
  return pythonRecord(who, {
    ...{ at: until, level: 'WARNING', pid: String(process.pid), logger: 'log' },
    place: ['-', '-', '-'],
    message:
      `${count} records of this process on ${hostname()} are missing here, ${times}: Redis ${address} did not take ` +
      'them in time. The standard error of the process (the journal) has them',
    more: [],
  });
}
