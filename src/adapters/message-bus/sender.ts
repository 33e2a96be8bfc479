import { AnnouncementInvalid } from '../../domain/announce/announcement.js';
import { doubling } from '../../backoff/with-backoff.js';
import { pause } from '../../backoff/pause.js';
import { OutboxRecord } from './outbox-record.js';
import type { Outbox } from './outbox.js';
import { BusUnavailable, type Transport } from './transport.js';

export type BusLog = {
  readonly info: (fields: object, text: string) => void;
  readonly warn: (fields: object, text: string) => void;
};

export type SenderTimes = {
  /** Pause between two checks for messages of other processes. */
  readonly lookMs: number;
  /** Pause after a failure; it doubles up to a maximum. */
  readonly pauseMs: number;
  readonly longestPauseMs: number;
};

export const SENDER_TIMES: SenderTimes = { lookMs: 2000, pauseMs: 1000, longestPauseMs: 60_000 };

/** Names held in memory at a time, however many wait. */
const BATCH = 2000;
/** Messages under way at a time, of different tasks. */
const WINDOW = 100;
const PRUNE_MS = 3_600_000;

export type Sender = {
  /** Something was added by this process. */
  readonly nudge: () => void;
  /**
   * Sends waiting messages until `stop`, then the remaining ones as long as sending succeeds. Ends at once when `lost`
   * says that another sender may be at work. Never rejects.
   */
  readonly run: (ends: { readonly stop: AbortSignal; readonly lost: AbortSignal }) => Promise<void>;
};

/** Takes one bus's messages from the outbox to the bus, in order for each task, for as long as it takes. */
export function createSender(deps: {
  readonly busId: string;
  readonly outbox: Outbox;
  readonly transport: Transport;
  readonly log: BusLog;
  readonly times: SenderTimes;
  /** Hears how many messages wait, at each look; null when this sender's work is over and another may have it. */
  readonly seen?: (waiting: number | null) => void;
}): Sender {
  const { busId, outbox, transport, log, times, seen = () => undefined } = deps;
  let wake = new AbortController();
  let pruned = Number.NEGATIVE_INFINITY;

  return {
    nudge: () => wake.abort(),
    run: (ends) => run(ends).finally(() => seen(null)),
  };

  async function run({ stop, lost }: Parameters<Sender['run']>[0]): Promise<void> {
    const pauses = doubling({ firstMs: times.pauseMs, longestMs: times.longestPauseMs });
    let failures = 0;
    // Failures since the last message was sent: a bus that accepts some messages is tried again soon, and its trouble
    // counts as the same one.
    let inARow = 0;
    // Not `withBackoff`: a successful look does not end the loop, and a failed one may have sent messages before the
    // failure.
    for (;;) {
      wake = new AbortController();
      const look = await lookOnce(lost);
      if (lost.aborted) return;
      if (look.failure === null) {
        if (failures > 0 && look.sent > 0) {
          log.info({ bus: busId, address: transport.address, failures }, 'message bus answers again');
          failures = 0;
        }
        inARow = 0;
        if (look.waiting > 0) continue;
        // A nudge during this check: it does not see messages added since.
        if (stop.aborted && !wake.signal.aborted) return;
        await pause(times.lookMs, stop, lost, wake.signal);
        continue;
      }
      failures += 1;
      inARow = look.sent > 0 ? 1 : inARow + 1;
      const nextInMs = pauses(inARow);
      const fields = { bus: busId, address: transport.address, waiting: look.waiting, failures, nextInMs };
      log.warn({ ...fields, err: look.failure }, 'message bus does not take messages; they wait');
      if (stop.aborted) return;
      await pause(nextInMs, stop, lost);
    }
  }

  /** Sends one batch. A failure is anything that kept a message from being sent, in the bus or on the disk. */
  async function lookOnce(
    lost: AbortSignal,
  ): Promise<{ readonly waiting: number; readonly sent: number; readonly failure: unknown }> {
    const progress = { sent: 0 };
    let waiting = 0;
    try {
      await pruneSometimes();
      const look = await outbox.oldest(BATCH);
      waiting = look.waiting;
      seen(waiting);
      const lanes = await laneUp(look.names);
      return { waiting, failure: await sendLanes(lanes, progress, lost), sent: progress.sent };
    } catch (error) {
      return { waiting, failure: error, sent: progress.sent };
    }
  }

  /** Messages by task, each task's in order. */
  async function laneUp(names: readonly string[]): Promise<Map<string, Message[]>> {
    const lanes = new Map<string, Message[]>();
    const contents = await Promise.all(names.map((name) => outbox.take(name)));
    for (const [index, name] of names.entries()) {
      const content = contents[index] ?? null;
      if (content === null) continue;
      const record = readRecord(content);
      if (record instanceof Error) {
        await refuse(name, content, record);
        continue;
      }
      const { taskId } = record.announcement;
      const lane = lanes.get(taskId);
      if (lane === undefined) lanes.set(taskId, [{ name, content, record }]);
      else lane.push({ name, content, record });
    }
    return lanes;
  }

  /**
   * Sends the first message of each task in rounds: a message is sent only after the previous one of its task is
   * confirmed. A refused message holds up only its own task. Returns the first failure, or null.
   */
  async function sendLanes(
    lanes: Map<string, Message[]>,
    progress: { sent: number },
    lost: AbortSignal,
  ): Promise<unknown> {
    let failure: unknown = null;
    while (lanes.size > 0 && !lost.aborted && !(failure instanceof BusUnavailable)) {
      const round = [...lanes].slice(0, WINDOW);
      await Promise.all(
        round.map(async ([task, lane]) => {
          const message = lane.shift();
          if (lane.length === 0) lanes.delete(task);
          if (message === undefined) return;
          try {
            await sendOne(message);
            progress.sent += 1;
          } catch (error) {
            lanes.delete(task);
            if (failure === null || error instanceof BusUnavailable) failure = error;
          }
        }),
      );
    }
    return failure;
  }

  async function sendOne({ name, content, record }: Message): Promise<void> {
    try {
      await transport.send(record);
    } catch (error) {
      if (!(error instanceof AnnouncementInvalid)) throw error;
      await refuse(name, content, error);
      return;
    }
    await outbox.sent(name);
  }

  async function refuse(name: string, content: string, error: Error): Promise<void> {
    const file = await outbox.refuse(name, content, error.message);
    log.warn({ bus: busId, file, reason: error.message }, 'a message cannot be sent and was set aside');
  }

  async function pruneSometimes(): Promise<void> {
    const now = Date.now();
    if (now - pruned < PRUNE_MS) return;
    pruned = now;
    await outbox.prune(now);
  }
}

type Message = { readonly name: string; readonly content: string; readonly record: OutboxRecord };

function readRecord(content: string): OutboxRecord | Error {
  try {
    return OutboxRecord.parse(JSON.parse(content));
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
