import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { DocumentsUpdate, DocumentsUpdated } from './update-documents.js';

/** A thread that needs more memory ends, and the process continues with all its other work. */
const MAX_HEAP_MB = 256;
/** Starting a thread costs as much as an update; a thread that gets no work for this long is ended. */
const IDLE_MS = 60_000;

/** The thread that waits for the next update, and the timer that will end it. Neither keeps the process alive. */
let idle: { readonly thread: Worker; readonly end: NodeJS.Timeout } | null = null;

/**
 * Runs `updateDocuments` in another thread, because it inflates and hashes for up to some seconds, and heartbeats share
 * our event loop. If the update fails or its thread ends, the result is `notApplicable`, because createrepo_c can still
 * do it. Rejects with the signal's reason; then the thread has ended and its files are incomplete.
 */
export async function updateInThread(
  update: DocumentsUpdate,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<DocumentsUpdated> {
  signal?.throwIfAborted();
  const thread = takeThread();
  const done = new AbortController();
  const stop = (): void => void thread.terminate();
  signal?.addEventListener('abort', stop);
  try {
    const message = once(thread, 'message', { signal: done.signal }); // rejects with the thread's error
    const exit = once(thread, 'exit', { signal: done.signal });
    for (const one of [message, exit]) one.catch(() => undefined);
    thread.postMessage(update);
    const ended = { outcome: 'notApplicable', reason: 'the thread was ended' } as const;
    const updated = await Promise.race([
      message.then(([answer]) => answer as DocumentsUpdated),
      exit.then(() => ended),
    ]);
    signal?.throwIfAborted();
    if (updated !== ended) giveBack(thread);
    return updated;
  } catch (error) {
    await thread.terminate();
    signal?.throwIfAborted();
    return { outcome: 'notApplicable', reason: `the thread failed: ${String(error)}` };
  } finally {
    done.abort();
    signal?.removeEventListener('abort', stop);
  }
}

function takeThread(): Worker {
  if (idle === null) return startThread();
  const { thread, end } = idle;
  clearTimeout(end);
  thread.off('error', ignore).off('exit', forget);
  thread.ref();
  idle = null;
  return thread;
}

function startThread(): Worker {
  const resourceLimits = { maxOldGenerationSizeMb: MAX_HEAP_MB };
  const compiled = new URL('update-thread.js', import.meta.url);
  if (import.meta.url.endsWith('.js')) return new Worker(compiled, { resourceLimits });
  // When run from the sources, as in tests, a thread does not inherit the loader that `--import` gave its process.
  const source = JSON.stringify(new URL('update-thread.ts', import.meta.url).href);
  const loader = JSON.stringify(import.meta.resolve('tsx/esm/api'));
  const script = `import(${loader}).then(({ register }) => { register(); return import(${source}); })`;
  return new Worker(script, { eval: true, resourceLimits });
}

/** Keeps one idle thread; ends a second one that was needed meanwhile. */
function giveBack(thread: Worker): void {
  if (idle !== null) {
    void thread.terminate();
    return;
  }
  const end = setTimeout(() => void thread.terminate(), IDLE_MS).unref();
  thread.unref();
  thread.on('error', ignore).on('exit', forget);
  idle = { thread, end };
}

/** The idle thread has ended by itself; the next update starts another one. */
function forget(): void {
  if (idle !== null) clearTimeout(idle.end);
  idle = null;
}

function ignore(): void {
  // `exit` follows
}
