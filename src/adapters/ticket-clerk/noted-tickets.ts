import { readNotes } from './read-notes.js';

/** Ids of tickets that this host's clerk has noted, the highest one ever among them. Rejects as `readNotes` does. */
export async function notedTickets(stateDir: string): Promise<readonly number[]> {
  const { taken, highest } = await readNotes(stateDir);
  return [...taken.map(({ ticket }) => ticket), highest];
}
