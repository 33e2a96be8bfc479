/** The thread of `updateInThread`: one update, one answer. */
import { parentPort, workerData } from 'node:worker_threads';
import { updateDocuments, type DocumentsUpdate } from './update-documents.js';

const answer = await updateDocuments(workerData as DocumentsUpdate);
parentPort?.postMessage(answer);
