/** A thread of `updateInThread`: receives an update and sends its result, until the thread is ended. */
import { parentPort } from 'node:worker_threads';
import { updateDocuments, type DocumentsUpdate, type DocumentsUpdated } from './update-documents.js';

parentPort?.on('message', (update: DocumentsUpdate) => {
  void answer(update).then((updated) => parentPort?.postMessage(updated));
});

async function answer(update: DocumentsUpdate): Promise<DocumentsUpdated> {
  try {
    return await updateDocuments(update);
  } catch (error) {
    return { outcome: 'notApplicable', reason: `the update failed: ${String(error)}` };
  }
}
