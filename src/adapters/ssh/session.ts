import type { Socket } from 'node:net';
import type { Client, ClientChannel } from 'ssh2';
import { BuilderUnreachable } from '../../ports/build/builder-unreachable.js';
import type { RemoteResult, RemoteSession } from '../../ports/build/remote-shell.js';

/**
 * As much of an answer as the known client accepts (docs/neighbours/builder.md#commands); longer answers are cut here,
 * not refused.
 */
const DEFAULT_MAX_BYTES = 10_240;
const CUT_SHORT = 'the channel was closed before the command ended';

/** The promise of one command. No more output may be passed on once `settled()`. */
type Outcome<T> = {
  readonly resolve: (value: T) => void;
  readonly reject: (error: Error) => void;
  readonly settled: () => boolean;
};

type Connection = {
  readonly client: Client;
  readonly socket: Socket;
  readonly hostKey: string;
  /** For messages. */
  readonly address: string;
};

/** Runs commands over one established connection. No command gets a terminal, so bytes arrive as they were written. */
export function createRemoteSession({ client, socket, hostKey, address }: Connection): RemoteSession {
  const lost = new AbortController();
  let lastError: Error | undefined;
  let closed = false;
  client.on('error', (error) => (lastError = error));
  client.once('close', () => lost.abort());

  const unreachable = (command: string, why: string): BuilderUnreachable =>
    new BuilderUnreachable(`ssh to ${address}: ${JSON.stringify(command.slice(0, 200))}: ${why}`, {
      cause: lastError,
    });
  const lostWhy = (): string => {
    if (closed) return 'the session was closed';
    return `the connection broke${lastError === undefined ? '' : ` (${lastError.message})`}`;
  };

  /**
   * Opens a channel and lets `use` settle the promise. The channel is closed in any case, and a channel that opens too
   * late is closed when it appears.
   */
  function withChannel<T>(
    request: { readonly command: string; readonly timeoutMs?: number; readonly signal: AbortSignal | undefined },
    use: (channel: ClientChannel, outcome: Outcome<T>) => void,
  ): Promise<T> {
    const { command, timeoutMs, signal } = request;
    return new Promise<T>((resolve, reject) => {
      let channel: ClientChannel | undefined;
      let settled = false;
      const settle = (deliver: () => void): void => {
        if (settled) return;
        settled = true;
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
        lost.signal.removeEventListener('abort', onLost);
        channel?.close();
        // Drops the buffered output, or the channel would never end.
        channel?.resume();
        deliver();
      };
      const fail = (error: Error): void => settle(() => reject(error));
      const onAbort = (): void => fail(signal?.reason as Error);
      const onLost = (): void => fail(unreachable(command, lostWhy()));
      const onTimeout = (): void => fail(unreachable(command, `no end after ${(timeoutMs ?? 0) / 1000} s`));
      const timer = timeoutMs === undefined ? undefined : setTimeout(onTimeout, timeoutMs);
      if (signal?.aborted === true || lost.signal.aborted) {
        (signal?.aborted === true ? onAbort : onLost)();
        return;
      }
      signal?.addEventListener('abort', onAbort, { once: true });
      lost.signal.addEventListener('abort', onLost, { once: true });
      try {
        client.exec(command, (error, opened) => {
          if (error !== undefined) {
            fail(unreachable(command, error.message));
            return;
          }
          channel = opened;
          // A channel closes after an error; without a listener the error would end the process.
          opened.on('error', () => undefined);
          if (settled) opened.close();
          else use(opened, { resolve: (value) => settle(() => resolve(value)), reject: fail, settled: () => settled });
        });
      } catch (error) {
        // ssh2 throws `Not connected` if the connection has just ended.
        fail(unreachable(command, (error as Error).message));
      }
    });
  }

  return {
    hostKey,
    run: (command, { timeoutMs, maxBytes = DEFAULT_MAX_BYTES, signal }) =>
      withChannel<RemoteResult>({ command, timeoutMs, signal }, (channel, { resolve, reject }) => {
        const end = watchEnd(channel);
        const stdout = keepHead(channel, maxBytes);
        const stderr = keepHead(channel.stderr, maxBytes);
        void Promise.all([once(channel, 'close'), once(channel.stderr, 'close')]).then(() => {
          if (end.code === undefined) reject(unreachable(command, CUT_SHORT));
          else resolve({ code: end.code, signal: end.signal, stdout: stdout(), stderr: stderr() });
        });
      }),

    stream: (command, { onData, signal }) =>
      withChannel<{ readonly code: number | null }>({ command, signal }, (channel, { resolve, reject, settled }) => {
        const end = watchEnd(channel);
        let handled = Promise.resolve();
        channel.on('data', (chunk: Buffer) => {
          if (settled()) return;
          // No further chunk while this one is processed: the window closes, and the remote side blocks in its write.
          channel.pause();
          handled = onData(chunk).then(
            () => void channel.resume(),
            (error: unknown) => reject(error as Error),
          );
        });
        channel.stderr.resume();
        channel.once('close', () => {
          void handled.then(() => {
            if (end.code === undefined) reject(unreachable(command, CUT_SHORT));
            else resolve({ code: end.code });
          });
        });
      }),

    close: () => {
      if (closed) return;
      closed = true;
      client.end();
      // Does not wait for an answer that a hung peer would never send.
      socket.destroySoon();
    },
  };
}

function once(stream: NodeJS.ReadableStream, event: string): Promise<void> {
  return new Promise((resolve) => void stream.once(event, () => resolve()));
}

/** How the command ended; `code` stays undefined as long as the peer has not reported it. */
function watchEnd(channel: ClientChannel): {
  readonly code: number | null | undefined;
  readonly signal: string | null;
} {
  const end: { code: number | null | undefined; signal: string | null } = { code: undefined, signal: null };
  channel.once('exit', (code: number | null, signal?: string) => {
    end.code = code;
    end.signal = signal ?? null;
  });
  return end;
}

/** Reads a stream to its end and keeps its first `limit` bytes. */
function keepHead(stream: NodeJS.ReadableStream, limit: number): () => string {
  const chunks: Buffer[] = [];
  let size = 0;
  stream.on('data', (chunk: Buffer) => {
    if (size < limit) chunks.push(chunk.subarray(0, limit - size));
    size += chunk.length;
  });
  return () => Buffer.concat(chunks).toString('utf8').replaceAll('\r\n', '\n');
}
