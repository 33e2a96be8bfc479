/** The npm packages: installed if they are missing or are not those of package-lock.json. */
import { createHash } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const STAMP = 'node_modules/.copr-backend-lock';

/** True if the contents of node_modules are those named in package-lock.json. */
export function packagesInPlace(root) {
  const lockText = readText(join(root, 'package-lock.json'));
  if (lockText === null) throw new Error('package-lock.json is missing: is this a complete checkout?');
  if (readText(join(root, STAMP)) === digest(lockText)) return true;
  const installed = readText(join(root, 'node_modules/.package-lock.json'));
  if (installed === null || !sameVersions(JSON.parse(lockText), JSON.parse(installed))) return false;
  stamp(root, lockText); // somebody ran npm ci by hand
  return true;
}

/** Compares npm's own record of an installation with the lock file; optional packages may be absent. */
export function sameVersions(lock, installed) {
  const have = installed.packages ?? {};
  const wanted = Object.entries(lock.packages ?? {}).filter(([path]) => path !== '');
  return wanted.every(([path, entry]) => {
    const found = have[path];
    if (found === undefined) return entry.optional === true || entry.devOptional === true || entry.peer === true;
    return entry.link === true || found.version === entry.version;
  });
}

/** Runs `npm ci`; the caller holds the lock. */
export function installPackages(root, say) {
  say('installing the npm packages (npm ci; once, and after updates)');
  const [program, args] = npmCommand();
  const run = spawnSync(program, [...args, 'ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (run.error?.code === 'ENOENT') throw new Error('npm is not on PATH: install Node with npm and try again');
  if (run.status !== 0)
    throw new Error(`npm ci failed (${run.signal ?? `exit ${run.status}`}); its messages are above`);
  stamp(root, readFileSync(join(root, 'package-lock.json'), 'utf8'));
}

/** Makes `npx copr-backend` find the checkout's own command: npm does not link a root package's own bin. */
export function linkOwnCommand(root) {
  const link = join(root, 'node_modules/.bin/copr-backend');
  if (existsSync(link)) return;
  try {
    mkdirSync(join(root, 'node_modules/.bin'), { recursive: true });
    chmodSync(join(root, 'bin/copr-backend.mjs'), 0o755);
    symlinkSync('../../bin/copr-backend.mjs', link);
  } catch (error) {
    if (!['EEXIST', 'EACCES', 'EPERM', 'EROFS'].includes(error.code)) throw error;
  }
}

/** The npm that runs us, if one does. */
function npmCommand() {
  const script = process.env.npm_execpath;
  return script && /npm-cli\.[cm]?js$/.test(script) ? [process.execPath, [script]] : ['npm', []];
}

/** Written as a new file: another checkout may share node_modules with this one through hard links. */
function stamp(root, lockText) {
  rmSync(join(root, STAMP), { force: true });
  writeFileSync(join(root, STAMP), digest(lockText));
}

function digest(text) {
  return createHash('sha256').update(text).digest('hex');
}

function readText(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null;
    throw error;
  }
}
