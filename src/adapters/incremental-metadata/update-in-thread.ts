import { once } from 'node:events';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { DocumentsUpdate, DocumentsUpdated } from './update-documents.js';

/** A thread that needs more ends, and the process with all its other work goes on. */
const MAX_HEAP_MB = 256;

const HERE = fileURLToPath(import.meta.url);
const THREAD = path.join(path.dirname(HERE), `update-thread${path.extname(HERE)}`);

/**
 * `updateDocuments` in a thread of its own: it inflates and hashes for a second or more, and heartbeats share our event
 * loop. A thread that ends without an answer is `notApplicable`, since createrepo_c can still do it.
 * Rejects with the signal's reason; the thread has ended then, and what it wrote is unfinished.
 */
export async function updateInThread(
  update: DocumentsUpdate,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<DocumentsUpdated> {
  signal?.throwIfAborted();
  const thread = new Worker(THREAD, { workerData: update, resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB } });
  const stop = (): void => void thread.terminate();
  signal?.addEventListener('abort', stop);
  const answers: DocumentsUpdated[] = [];
  thread.on('message', (answer: DocumentsUpdated) => void answers.push(answer));
  try {
    await once(thread, 'exit');
    signal?.throwIfAborted();
    return answers[0] ?? { outcome: 'notApplicable', reason: 'the thread ended without an answer' };
  } catch (error) {
    signal?.throwIfAborted();
    return { outcome: 'notApplicable', reason: `the thread failed: ${String(error)}` };
  } finally {
    signal?.removeEventListener('abort', stop);
    await thread.terminate();
  }
}
