import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import path from 'node:path';

/** Absolute path of a program in these directories (default: PATH) that this user may run; null if there is none. */
export async function programOnPath(name: string, directories = searchedDirectories()): Promise<string | null> {
  for (const directory of directories) {
    const file = path.join(directory, name);
    if (await isExecutable(file)) return file;
  }
  return null;
}

/** The absolute directories on PATH; relative ones are ignored. */
export function searchedDirectories(): readonly string[] {
  return (process.env['PATH'] ?? '/usr/bin:/bin')
    .split(path.delimiter)
    .filter((directory) => path.isAbsolute(directory));
}

async function isExecutable(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return (await stat(file)).isFile();
  } catch {
    return false;
  }
}
