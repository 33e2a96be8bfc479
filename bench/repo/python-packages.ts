import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { cacheDirectory } from '../../temporal/cache-directory.js';

const run = promisify(execFile);

/**
 * A directory for PYTHONPATH with packages that pip fetched once into the user's cache. `requirements` have exact
 * versions; `name` distinguishes the directory.
 */
export async function pythonPackages(name: string, requirements: readonly string[]): Promise<string> {
  const cache = cacheDirectory();
  const installed = path.join(cache, name);
  if (existsSync(installed)) return installed;
  await mkdir(cache, { recursive: true });
  const fresh = await mkdtemp(path.join(cache, `.${name.slice(0, 40)}-`));
  try {
    await run('python3', ['-m', 'pip', 'install', '--quiet', '--target', fresh, ...requirements]);
    // Put in place by one rename; another run may have been quicker.
    await rename(fresh, installed).catch((error: unknown) => {
      if (!existsSync(installed)) throw error;
    });
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
  return installed;
}
