import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import path from 'node:path';
import { plainLines } from '../../domain/plain-text.js';
import { closing } from '../files/atomic-file.js';
import { BACKEND_LOG } from '../file-tree/own-names.js';
import { errnoOf } from '../files/storage-failure.js';
import { exists } from '../files/entries.js';

const { O_APPEND, O_CREAT, O_NOFOLLOW, O_WRONLY } = constants;

export type LogLevel = 'INFO' | 'WARNING' | 'ERROR';

/**
 * One text as lines of backend.log: `[time][LEVEL padded to 6][PID:n] message`
 * (docs/neighbours/storage.md#log-of-a-build).
 */
export function formatLines(
  text: string,
  facts: { readonly level: LogLevel; readonly at: Date; readonly pid: number },
): string {
  const time = facts.at.toISOString().replace('T', ' ').replace('.', ',').replace('Z', '');
  const head = `[${time}][${facts.level.padStart(6)}][PID:${facts.pid}] `;
  // Text from builders ends up in this file, and people read it in terminals.
  return plainLines(text.replace(/\r?\n$/, ''))
    .map((line) => `${head}${line}\n`)
    .join('');
}

/**
 * Appends to backend.log in one write. Writes nothing if the directory is gone or its log is already compressed,
 * because then the run is over. Returns whether the lines are in the file.
 */
export async function appendNote(directory: string, text: string): Promise<boolean> {
  const file = path.join(directory, BACKEND_LOG);
  if (!(await exists(file)) && (await exists(`${file}.gz`))) return false;
  try {
    const handle = await open(file, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW, 0o644);
    await closing(handle, () => handle.appendFile(text));
    return true;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false;
    throw error;
  }
}
