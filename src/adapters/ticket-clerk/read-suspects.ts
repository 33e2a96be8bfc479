import { readFile } from 'node:fs/promises';
import type { SuspectTickets } from '../../ports/build/ticket-notes.js';
import { clerkDirectory } from './clerk-directory.js';
import { Suspects } from './exchange.js';

/** The last report of this host's clerk about lost tickets; empty if there is none. Rejects with the system's error. */
export async function readSuspects(stateDir: string): Promise<SuspectTickets> {
  const { suspectsFile } = clerkDirectory(stateDir);
  try {
    return Suspects.parse(JSON.parse(await readFile(suspectsFile, 'utf8')));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return { tickets: [], isCut: false };
    throw error;
  }
}
