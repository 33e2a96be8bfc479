import { readFile } from 'node:fs/promises';
import type { SuspectTickets } from '../../ports/build/ticket-notes.js';
import { clerkDirectory } from './clerk-directory.js';
import { Suspects } from './exchange.js';

/** What this host's clerk last told of lost tickets; none where no clerk ever did. Rejects with the system's error. */
export async function readSuspects(stateDir: string): Promise<SuspectTickets> {
  const { suspectsFile } = clerkDirectory(stateDir);
  try {
    return Suspects.parse(JSON.parse(await readFile(suspectsFile, 'utf8')));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return { tickets: [], isCut: false };
    throw error;
  }
}
