import { readFile } from 'node:fs/promises';
import type { TicketNote } from '../../ports/build/ticket-notes.js';
import { clerkDirectory } from './clerk-directory.js';
import { TicketLedger } from './ticket-ledger.js';
import { readEntries } from './ticket-notebook.js';

/**
 * The notes of this host's clerk, read beside a running clerk: tickets that are not known to be closed, and the highest
 * id it ever got (0: none). Rejects with NotesUnreadable, or the system's error.
 */
export async function readNotes(
  stateDir: string,
): Promise<{ readonly taken: readonly TicketNote[]; readonly highest: number }> {
  const { notesFile } = clerkDirectory(stateDir);
  const ledger = new TicketLedger();
  for (const entry of readEntries(notesFile, await textOf(notesFile))) ledger.apply(entry);
  return { taken: [...ledger.taken()], highest: ledger.highest };
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw error;
  }
}
