import type { RedisConnection } from './redis-connection.js';

/** The list to which all processes append log records, and from which the log daemon takes them. */
const LIST = 'copr:backend:log:fifo::';
/** What a daemon has taken and not yet written, so that not even its death loses it. */
const takenBy = (daemon: string): string => `copr:backend:log:taken:${daemon}`;

/** Records that wait for a daemon; while nobody takes them, Redis must not fill its memory. */
const MOST_WAITING = 100_000;

const APPEND = `
if redis.call('LLEN', KEYS[1]) >= tonumber(ARGV[1]) then return -1 end
return redis.call('RPUSH', KEYS[1], unpack(ARGV, 2))`;

const TAKE = `
local taken = redis.call('LRANGE', KEYS[1], 0, tonumber(ARGV[1]) - 1)
if #taken > 0 then
  redis.call('RPUSH', KEYS[2], unpack(taken))
  redis.call('LTRIM', KEYS[1], #taken, -1)
end
return taken`;

const LEFT_OVER = `return redis.call('LRANGE', KEYS[1], 0, -1)`;
const FORGET = `return redis.call('DEL', KEYS[1])`;

/** Appends records in order. Rejects if they are not in the list. */
export async function appendRecords(
  redis: RedisConnection,
  records: readonly string[],
  most = MOST_WAITING,
): Promise<void> {
  const length = await redis.run(APPEND, [LIST], [String(most), ...records]);
  if (length === -1) throw new Error(`${most} records wait there, and nobody takes them: does copr-backend-log run?`);
}

/** Takes the oldest records, at most `most`; they stay in Redis for `daemon` until it has written them. */
export async function takeRecords(redis: RedisConnection, daemon: string, most: number): Promise<readonly string[]> {
  return (await redis.run(TAKE, [LIST, takenBy(daemon)], [String(most)])) as string[];
}

/** The records that `daemon` took, and did not confirm. */
export async function leftOverRecords(redis: RedisConnection, daemon: string): Promise<readonly string[]> {
  return (await redis.run(LEFT_OVER, [takenBy(daemon)], [])) as string[];
}

/** Says that all that `daemon` took is written. */
export async function confirmRecords(redis: RedisConnection, daemon: string): Promise<void> {
  await redis.run(FORGET, [takenBy(daemon)], []);
}
