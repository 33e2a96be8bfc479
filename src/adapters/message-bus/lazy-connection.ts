import { setMaxListeners } from 'node:events';
import { BusUnavailable } from './transport.js';

export type Connected = {
  /** Aborted, with an Error as the reason, when the connection is over. */
  readonly broken: AbortSignal;
  readonly close: () => Promise<void>;
};

/** One connection, opened on demand, shared by all callers, and opened again after it broke. */
export type LazyConnection<C extends Connected> = {
  /** Rejects with BusUnavailable. */
  readonly get: (address: string) => Promise<C>;
  /**
   * Waits until `start`'s callback is called. Rejects with the broker's refusal, or with BusUnavailable if the
   * connection breaks first or `ms` pass; after such a long silence the connection is replaced.
   */
  readonly confirmed: (
    broken: AbortSignal,
    ms: number,
    start: (done: (refusal?: unknown) => void) => void,
  ) => Promise<void>;
  readonly close: () => Promise<void>;
};

export function lazyConnection<C extends Connected>(open: () => Promise<C>): LazyConnection<C> {
  let current: Promise<C> | null = null;

  async function close(): Promise<void> {
    const closing = current;
    current = null;
    const connected = await closing?.catch(() => undefined);
    await connected?.close();
  }

  return {
    close,

    async get(address) {
      const mine = (current ??= open());
      try {
        const connected = await mine;
        setMaxListeners(0, connected.broken); // one for each message under way
        if (!connected.broken.aborted) return connected;
        throw connected.broken.reason;
      } catch (error) {
        // Other callers wait for the same connection; the next caller opens another.
        if (current === mine) current = null;
        throw new BusUnavailable(`${address}: ${error instanceof Error ? error.message : String(error)}`, {
          cause: error,
        });
      }
    },

    confirmed: (broken, ms, start) =>
      new Promise<void>((resolve, reject) => {
        const unavailable = (message: string, cause?: unknown): void => {
          settle(() => reject(new BusUnavailable(message, cause === undefined ? undefined : { cause })));
        };
        const onBroken = (): void =>
          unavailable('the connection broke before the message was confirmed', broken.reason);
        const timer = setTimeout(() => {
          unavailable(`the broker did not confirm a message within ${ms / 1000} s`);
          void close();
        }, ms);
        const settle = (act: () => void): void => {
          clearTimeout(timer);
          broken.removeEventListener('abort', onBroken);
          act();
        };
        broken.addEventListener('abort', onBroken, { once: true });
        try {
          if (broken.aborted) onBroken();
          else
            start((refusal) => {
              if (refusal == null) settle(resolve);
              // An error on a closed connection is not an answer to this message.
              else if (broken.aborted) onBroken();
              else
                settle(() => reject(refusal instanceof Error ? refusal : new Error('the broker refused the message')));
            });
        } catch (error) {
          unavailable('the message could not be written to the connection', error);
        }
      }),
  };
}
