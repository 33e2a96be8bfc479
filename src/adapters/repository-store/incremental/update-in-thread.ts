import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { DocumentsUpdate, DocumentsUpdated } from './update-documents.js';

/** A thread that needs more ends, and the process with all its other work goes on. */
const MAX_HEAP_MB = 256;
/** To start a thread costs as much as an update; one that nothing is left for in this time is ended. */
const IDLE_MS = 60_000;

/** The thread that waits for the next update, and what will end it. None of both keeps the process alive. */
let idle: { readonly thread: Worker; readonly end: NodeJS.Timeout } | null = null;

/**
 * `updateDocuments` in another thread: it inflates and hashes for up to some seconds, and heartbeats share our event
 * loop. An update that fails, or whose thread ends, is `notApplicable`, since createrepo_c can still do it.
 * Rejects with the signal's reason; the thread has ended then, and what it wrote is unfinished.
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
  // Run from the sources, as tests do: a thread does not get the loader that `--import` gave its process.
  const source = JSON.stringify(new URL('update-thread.ts', import.meta.url).href);
  const loader = JSON.stringify(import.meta.resolve('tsx/esm/api'));
  const script = `import(${loader}).then(({ register }) => { register(); return import(${source}); })`;
  return new Worker(script, { eval: true, resourceLimits });
}

/** Keeps one thread; a second one that was needed meanwhile ends. */
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

/** The thread that waited has ended by itself: the next update starts another one. */
function forget(): void {
  if (idle !== null) clearTimeout(idle.end);
  idle = null;
}

function ignore(): void {
  // `exit` follows
}
