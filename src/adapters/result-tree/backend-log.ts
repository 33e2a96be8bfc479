import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import path from 'node:path';
import { closing } from './atomic-file.js';
import { BACKEND_LOG } from './own-names.js';
import { errnoOf } from './storage-failure.js';
import { exists } from './entries.js';

const { O_APPEND, O_CREAT, O_NOFOLLOW, O_WRONLY } = constants;

export type LogLevel = 'INFO' | 'WARNING' | 'ERROR';

/** One text as lines of backend.log: `[time][LEVEL padded to 6][PID:n] message` (builds.md §17). */
export function formatLines(
  text: string,
  facts: { readonly level: LogLevel; readonly at: Date; readonly pid: number },
): string {
  const time = facts.at.toISOString().replace('T', ' ').replace('.', ',').replace('Z', '');
  const head = `[${time}][${facts.level.padStart(6)}][PID:${facts.pid}] `;
  return text
    .replace(/\r?\n$/, '')
    .split(/\r?\n/)
    .map((line) => `${head}${printable(line)}\n`)
    .join('');
}

/** A builder's words end up in this file, and people read it in terminals. */
function printable(line: string): string {
  // eslint-disable-next-line no-control-regex
  return line.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '?');
}

/**
 * Appends to backend.log in one write. A directory that is gone, or whose log is compressed already, belongs to a run
 * that is over: nothing is written then. Returns whether the lines stand in the file.
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
