import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import type * as Locks from '../../scripts/lock-directory.mjs';
import { packageRoot } from '../../src/adapters/process/package-root.js';
import { cacheDirectory } from '../../temporal/cache-directory.js';
import { PULP_CONSTRAINTS, PULP_REQUIREMENTS, PULP_VERSIONS } from './packages.js';

const run = promisify(execFile);

/** Pulp's programs in a virtual environment of Python. */
export type InstalledPulp = {
  /** Holds the environment; what else belongs to these versions may be kept there. */
  readonly directory: string;
  /** Directory of `pulpcore-api`, `pulpcore-content`, `pulpcore-worker`, `pulpcore-manager`. */
  readonly bin: string;
};

/**
 * Pulp in the user's cache directory; installed if it is not there (300 MB, a minute). Several processes may ask at
 * once: one installs, the others wait. Rejects if Python 3 or pip is missing, or pip fails.
 */
export async function installPulp(say: (line: string) => void): Promise<InstalledPulp> {
  const { stdout } = await run('python3', ['-c', 'import sys; print("%d.%d" % sys.version_info[:2])']);
  const name = `pulp-${PULP_VERSIONS.pulpcore}-${PULP_VERSIONS.pulpRpm}-python${stdout.trim()}`;
  const directory = join(cacheDirectory(), name);
  // Scripts are not compiled: from dist/ they are another way away than from here.
  const locks = pathToFileURL(join(packageRoot(), 'scripts/lock-directory.mjs')).href;
  const { withLock } = (await import(locks)) as typeof Locks;
  await withLock(`${directory}.lock`, () => ensureInstalled(directory, say));
  return { directory, bin: join(directory, 'environment/bin') };
}

/** Console scripts name the environment's path, so it is made in place: a mark tells a whole one from a begun one. */
async function ensureInstalled(directory: string, say: (line: string) => void): Promise<void> {
  const mark = join(directory, 'complete');
  if (existsSync(mark)) return;
  say(
    `installing Pulp ${PULP_VERSIONS.pulpcore} with pulp-rpm ${PULP_VERSIONS.pulpRpm} (300 MB, once) in ${directory}`,
  );
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  const environment = join(directory, 'environment');
  const constraints = join(directory, 'constraints.txt');
  await writeFile(constraints, `${PULP_CONSTRAINTS.join('\n')}\n`);
  // pip of the system installs into it: Debian's own needs a further package (python3-venv) to bring one along.
  await run('python3', ['-m', 'venv', '--without-pip', environment]);
  const into = ['-m', 'pip', '--python', join(environment, 'bin/python'), 'install', '--quiet'];
  const quiet = ['--disable-pip-version-check', '--constraint', constraints];
  await run('python3', [...into, ...quiet, ...PULP_REQUIREMENTS], { timeout: 15 * 60_000, maxBuffer: 16 << 20 });
  await writeFile(mark, '');
}
