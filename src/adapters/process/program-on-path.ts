import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import path from 'node:path';

/** Absolute path of a program on PATH; null when there is none. */
export async function programOnPath(name: string): Promise<string | null> {
  const directories = (process.env['PATH'] ?? '/usr/bin:/bin').split(path.delimiter);
  for (const directory of directories) {
    const file = path.join(directory, name);
    if (path.isAbsolute(directory) && (await isExecutable(file))) return file;
  }
  return null;
}

async function isExecutable(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
