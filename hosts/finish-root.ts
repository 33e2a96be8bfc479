import {
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from '../src/adapters/process/run-command.js';

/** Incremented when the steps below make a different root: cached ones are then no longer used. */
export const RECIPE = '2';

/** Links that maintainer scripts make with update-alternatives, if the packages leave them to it. */
const ALTERNATIVES = [
  ['awk', ['gawk', 'mawk']],
  ['cc', ['gcc']],
  ['nc', ['nc.openbsd']],
  ['pinentry', ['pinentry-curses']],
  ['which', ['which.debianutils']],
] as const;

/** Accounts that packages create for themselves. */
const ACCOUNTS = ['sshd:x:101:65534::/run/sshd:/usr/sbin/nologin'];

/**
 * `/bin` and similar directories are links into `/usr`, as on every host since Debian 12; the packages of 12 leave that
 * to usrmerge.
 */
async function mergeUsr(root: string): Promise<void> {
  for (const name of ['bin', 'sbin', 'lib', 'lib64']) {
    const [apart, merged] = [join(root, name), join(root, 'usr', name)];
    mkdirSync(merged, { recursive: true });
    if (lstatSync(apart, { throwIfNoEntry: false })?.isDirectory() === true) {
      await cp(apart, merged, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
      rmSync(apart, { recursive: true });
    }
    if (!existsSync(apart)) symlinkSync(`usr/${name}`, apart);
  }
}

/** Does the part of the maintainer scripts' work that the tests need; none of these scripts is run. */
export async function finishRoot(root: string, signal: AbortSignal): Promise<void> {
  await mergeUsr(root);
  const place = (...names: readonly string[]): string => join(root, ...names);
  for (const name of ['passwd', 'group']) {
    copyFileSync(place('usr/share/base-passwd', `${name}.master`), place('etc', name));
  }
  writeFileSync(place('etc/passwd'), `${readFileSync(place('etc/passwd'), 'utf8')}${ACCOUNTS.join('\n')}\n`);
  writeFileSync(place('etc/hosts'), '127.0.0.1 localhost\n::1 localhost\n');
  for (const [name, candidates] of ALTERNATIVES) {
    const target = candidates.find((candidate) => existsSync(place('usr/bin', candidate)));
    if (target !== undefined && !existsSync(place('usr/bin', name))) symlinkSync(target, place('usr/bin', name));
  }
  for (const name of ['proc', 'sys', 'dev', 'root', 'run/sshd', 'run/lock', 'var/log', 'var/lib/rpm']) {
    mkdirSync(place(name), { recursive: true });
  }
  for (const [name, target] of [
    ['run', '/run'],
    ['lock', '/run/lock'],
  ] as const) {
    if (!existsSync(place('var', name))) symlinkSync(target, place('var', name));
  }
  const linked = await runCommand('chroot', [root, '/sbin/ldconfig'], { timeoutMs: 60_000, signal });
  signal.throwIfAborted();
  if (linked.code !== 0) throw new Error(`the libraries of an unpacked root: ${linked.summary}`);
}
