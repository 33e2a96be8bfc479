import type { RedisConnection } from './redis-connection.js';

/** The list to which all processes append log records, and from which the log daemon takes them. */
const LIST = 'copr:backend:log:fifo::';
/** The list of records that a daemon has taken and not yet written, so that not even its death loses them. */
const takenBy = (daemon: string): string => `copr:backend:log:taken:${daemon}`;

/** Records that wait for a daemon; while nobody takes them, Redis must not fill its memory. */
const MAX_WAITING = 100_000;

const APPEND = `
if redis.call('LLEN', KEYS[1]) >= tonumber(ARGV[1]) then return -1 end
return redis.call('RPUSH', KEYS[1], unpack(ARGV, 2))`;

/** Tells batches apart, whatever bytes are in them. */
const MARK = `local function mark(records) return redis.sha1hex(table.concat(records, '\\0')) end`;

/** Repeatable: a call whose answer was lost, or that arrives late, takes nothing that the next one would not return. */
const TAKE = `
${MARK}
local taken = redis.call('LRANGE', KEYS[2], 0, -1)
if #taken == 0 then
  taken = redis.call('LRANGE', KEYS[1], 0, tonumber(ARGV[1]) - 1)
  if #taken > 0 then
    redis.call('RPUSH', KEYS[2], unpack(taken))
    redis.call('LTRIM', KEYS[1], #taken, -1)
  end
end
return {mark(taken), taken}`;

/** Does nothing to another batch: this call may arrive late. */
const FORGET = `
${MARK}
if mark(redis.call('LRANGE', KEYS[1], 0, -1)) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])`;

/** Records that a daemon has taken and not yet confirmed. */
export type TakenRecords = {
  readonly records: readonly string[];
  /** The same for the same records. */
  readonly mark: string;
};

/** Appends records in order. Rejects if they are not in the list. */
export async function appendRecords(
  redis: RedisConnection,
  records: readonly string[],
  most = MAX_WAITING,
): Promise<void> {
  const length = await redis.run(APPEND, [LIST], [String(most), ...records]);
  if (length === -1) throw new Error(`${most} records wait there, and nobody takes them: does copr-backend-log run?`);
}

/**
 * Takes the oldest records, at most `most`; they stay in Redis for `daemon` until it has confirmed them. Until then, it
 * returns the same records again, also to the next process of that name.
 */
export async function takeRecords(redis: RedisConnection, daemon: string, most: number): Promise<TakenRecords> {
  const [mark, records] = (await redis.run(TAKE, [LIST, takenBy(daemon)], [String(most)])) as [string, string[]];
  return { mark, records };
}

/** Says that what `daemon` took last is written. */
export async function confirmRecords(redis: RedisConnection, daemon: string, { mark }: TakenRecords): Promise<void> {
  await redis.run(FORGET, [takenBy(daemon)], [mark]);
}

/** How many records wait for a daemon. */
export async function waitingRecords(redis: RedisConnection): Promise<number> {
  return (await redis.run(`return redis.call('LLEN', KEYS[1])`, [LIST], [])) as number;
}
