/**
 * A lock between processes of one machine: a directory, because mkdir is atomic everywhere, with the holder's pid
 * inside. A lock whose holder is dead is taken over.
 */
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Runs `work` while holding the lock; waits for another holder, calling `onWait` once. */
export async function withLock(path, work, onWait = () => {}) {
  mkdirSync(dirname(path), { recursive: true });
  let told = false;
  while (!tryLock(path)) {
    if (isAbandoned(path)) {
      breakLock(path);
      continue;
    }
    if (!told) onWait(holder(path));
    told = true;
    await sleep(200);
  }
  try {
    return await work();
  } finally {
    rmSync(path, { recursive: true, force: true });
  }
}

function tryLock(path) {
  try {
    mkdirSync(path);
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
  writeFileSync(join(path, 'pid'), String(process.pid));
  return true;
}

function holder(path) {
  try {
    return Number(readFileSync(join(path, 'pid'), 'utf8')) || null;
  } catch {
    return null;
  }
}

function isAbandoned(path) {
  const pid = holder(path);
  if (pid !== null) return !isAlive(pid);
  try {
    return Date.now() - statSync(path).mtimeMs > 5000; // its maker died between mkdir and the pid
  } catch {
    return false;
  }
}

/** Renamed first, so that if several processes see a dead holder, only one removes it. */
function breakLock(path) {
  const aside = `${path}.${process.pid}.dead`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if (error.code === 'ENOENT') return;
    throw error;
  }
  rmSync(aside, { recursive: true, force: true });
}

/** True while a process with this id exists. */
export function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
