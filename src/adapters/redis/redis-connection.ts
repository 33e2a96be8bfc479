import { createClient } from '@redis/client';

/** Where a Redis is: the keys `redis_host`, `redis_port`, `redis_password` and `redis_db`. */
export type RedisPlace = {
  readonly redisHost: string;
  readonly redisPort: number;
  readonly redisPassword: string | null;
  readonly redisDb: number;
};

/** The place that a configuration names. */
export function redisPlaceOf(config: RedisPlace): RedisPlace {
  const { redisHost, redisPort, redisPassword, redisDb } = config;
  return { redisHost, redisPort, redisPassword, redisDb };
}

export type RedisConnection = {
  /** Runs a Lua script in one step. Rejects if Redis refuses it, is gone, or has not answered in time. */
  readonly run: (script: string, keys: readonly string[], args: readonly string[]) => Promise<unknown>;
  readonly close: () => void;
};

/** How long an answer is waited for. */
export type RedisPatience = {
  /** A Redis that hangs counts as gone after this time. */
  readonly answerMs?: number | undefined;
  /** Ends the connection, and what it waits for. */
  readonly signal?: AbortSignal | undefined;
};

const ANSWER_MS = 5000;

/** Without the password. */
export function redisAddress({ redisHost, redisPort, redisDb }: RedisPlace): string {
  return `${redisHost}:${redisPort}/${redisDb}`;
}

/**
 * Connects once. A connection that was lost is not repaired, nor is anything queued for it: only the caller knows what
 * to send again. It does not keep a process alive.
 */
export async function connectRedis(
  place: RedisPlace,
  { answerMs = ANSWER_MS, signal }: RedisPatience = {},
): Promise<RedisConnection> {
  const client = createClient({
    socket: {
      ...{ host: place.redisHost, port: place.redisPort },
      ...{ connectTimeout: answerMs, reconnectStrategy: false },
    },
    ...(place.redisPassword === null ? {} : { password: place.redisPassword }),
    ...{ database: place.redisDb, name: 'copr-backend', disableOfflineQueue: true },
    // An old Redis knows neither the newer protocol nor notifications.
    ...{ RESP: 2, maintNotifications: 'disabled' },
  });
  // Commands under way are rejected with the same error.
  client.on('error', () => undefined);
  const close = (): void => {
    if (client.isOpen) client.destroy();
  };

  /** Ends the connection if there is no answer: one that came later would belong to another question. */
  async function within<T>(answer: Promise<T>): Promise<T> {
    let end = (): void => undefined;
    const late = new Promise<never>((_, reject) => {
      const timer = setTimeout(() => reject(new Error(`no answer within ${answerMs / 1000} s`)), answerMs);
      const onAbort = (): void => reject(new Error('the connection is not wanted any more'));
      signal?.addEventListener('abort', onAbort);
      end = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
      };
    });
    try {
      return await Promise.race([answer, late]);
    } catch (error) {
      close();
      throw error;
    } finally {
      end();
    }
  }

  await within(client.connect());
  client.unref();
  return {
    run: (script, keys, args) => within(client.eval(script, { keys: [...keys], arguments: [...args] })),
    close,
  };
}
