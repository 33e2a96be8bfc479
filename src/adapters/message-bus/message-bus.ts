import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { MessageBus } from '../../ports/announce/message-bus.js';
import { PortFailure } from '../../ports/port-failure.js';
import { errnoOf } from '../files/storage-failure.js';
import type { BusSettings } from './bus-settings.js';
import { createTransport } from './create-transport.js';
import { newRecord, recordName } from './outbox-record.js';
import { createOutbox, waitingBuses } from './outbox.js';
import { acquireSenderLock } from './sender-lock.js';
import { createSender, SENDER_TIMES, type BusLog, type SenderTimes } from './sender.js';

/** How long an ending process keeps sending the latest announcements. */
const CLOSE_MS = 5000;

export type OutboxBus = MessageBus & {
  /** Sends from this process, or stands by while another of this host does. */
  readonly start: () => void;
  /** Ends the sending; unsent messages stay on disk. */
  readonly close: () => Promise<void>;
};

/** `MessageBus` over an outbox in `directory`, with a bus for each of `buses`. */
export function createMessageBus(options: {
  readonly directory: string;
  readonly buses: readonly BusSettings[];
  readonly log: BusLog;
  readonly times?: SenderTimes;
  /** Hears how many messages wait for each bus; null: this process does not send them, or no longer does. */
  readonly seen?: (busId: string, waiting: number | null) => void;
}): OutboxBus {
  const { log, times = SENDER_TIMES } = options;
  const directory = path.resolve(options.directory);
  const lines = options.buses.map((settings) => {
    const outbox = createOutbox(directory, settings.id);
    const transport = createTransport(settings);
    const seen = (waiting: number | null): void => options.seen?.(settings.id, waiting);
    return { outbox, transport, sender: createSender({ busId: settings.id, outbox, transport, log, times, seen }) };
  });
  const stop = new AbortController();
  let running: Promise<void> | null = null;

  return {
    async announce(announcement, occasion) {
      const name = recordName(announcement, occasion);
      const content = JSON.stringify(newRecord(announcement, occasion, new Date()));
      await withOutbox(directory, () => Promise.all(lines.map(({ outbox }) => outbox.add(name, content))));
      for (const { sender } of lines) sender.nudge();
    },

    start() {
      running ??= sendWhileLocked();
    },

    async close() {
      stop.abort();
      const closeAll = (): Promise<unknown> => Promise.all(lines.map(({ transport }) => transport.close()));
      const late = setTimeout(() => void closeAll(), CLOSE_MS);
      await running;
      clearTimeout(late);
      await closeAll();
    },
  };

  async function sendWhileLocked(): Promise<void> {
    await tellOfForgottenBuses();
    while (lines.length > 0 && !stop.signal.aborted) {
      try {
        const lock = await acquireSenderLock(directory, stop.signal);
        if (lock === null) return;
        log.info({ directory, buses: lines.map(({ transport }) => transport.address) }, 'sending messages');
        const ends = { stop: stop.signal, lost: lock.lost };
        await Promise.all(lines.map(({ sender }) => sender.run(ends)));
        await lock.release();
      } catch (error) {
        log.warn({ directory, err: error }, 'messages are not sent: the outbox cannot be locked');
        await sleep(times.longestPauseMs, undefined, { signal: stop.signal }).catch(() => undefined);
      }
    }
  }

  async function tellOfForgottenBuses(): Promise<void> {
    const known = new Set(options.buses.map(({ id }) => id));
    for (const { id, waiting } of await waitingBuses(directory).catch(() => [])) {
      if (!known.has(id)) log.warn({ bus: id, waiting, directory }, 'messages wait for a bus that is not configured');
    }
  }
}

async function withOutbox(directory: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === null) throw error;
    const message = `the outbox ${directory} cannot be written: ${errno}`;
    throw new PortFailure('StorageFailed', message, { cause: error });
  }
}
