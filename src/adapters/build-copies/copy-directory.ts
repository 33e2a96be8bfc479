import { constants } from 'node:fs';
import { copyFile, link, lstat, mkdir, readdir, readlink, symlink, utimes } from 'node:fs/promises';
import path from 'node:path';
import { BUILD_INFO, PULP_PACKAGES } from '../file-tree/own-names.js';
import { errnoOf } from '../files/storage-failure.js';

const { COPYFILE_EXCL, COPYFILE_FICLONE } = constants;

/** Errors if a file system cannot make (another) hard link: other device, too many, not allowed, not supported. */
const NO_LINK = new Set(['EXDEV', 'EMLINK', 'EPERM', 'EACCES', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS']);

/** Block size of most disks. */
const BLOCK = 4096;

export type CopiedDirectory = {
  /** Paths that were left out, below the directory, with the reason. */
  readonly leftOut: readonly string[];
  /** Additional disk space: files that are not hard links, in whole blocks. */
  readonly bytes: number;
};

/**
 * Copies the content of `source` into the directory `target`, which exists and is empty. Copies links as links, only
 * those that stay inside, and follows none.
 */
export async function copyDirectory(
  source: string,
  target: string,
  packages: 'links' | 'copies',
  below = '',
): Promise<CopiedDirectory> {
  const leftOut: string[] = [];
  let bytes = 0;
  for (const entry of await readdir(path.join(source, below), { withFileTypes: true })) {
    const name = path.join(below, entry.name);
    const [from, to] = [path.join(source, name), path.join(target, name)];
    // The backend's own state of a finished run; a copy had no run, and gave nothing to Pulp.
    if (below === '' && (entry.name.startsWith('.') || entry.name === PULP_PACKAGES)) continue;
    if (entry.isDirectory()) {
      const { mode } = await lstat(from);
      await mkdir(to, { mode: (mode & 0o777) | 0o700 });
      const inner = await copyDirectory(source, target, packages, name);
      leftOut.push(...inner.leftOut);
      bytes += inner.bytes;
    } else if (entry.isSymbolicLink()) {
      const text = await readlink(from);
      if (staysInside(below, text)) await symlink(text, to);
      else leftOut.push(`${name}: a link that leads out`);
    } else if (!entry.isFile()) leftOut.push(`${name}: neither a file nor a directory`);
    else if (isWrittenTo(name) || (packages === 'copies' && isPackage(name))) bytes += await copyWhole(from, to);
    else bytes += await linkOrCopy(from, to);
  }
  return { leftOut, bytes };
}

/** A package at the top of a build directory. */
export function isPackage(name: string): boolean {
  return name.endsWith('.rpm') && !name.includes(path.sep);
}

/**
 * True for files that grow or are changed in place, by this backend, the known one or its tools: logs, notes about the
 * build. All other files are only replaced by a rename, which does not affect other links.
 */
function isWrittenTo(name: string): boolean {
  return name.endsWith('.log') || name === BUILD_INFO;
}

/**
 * Judged by its text: it goes up only at its beginning (from a real directory), and never above the build's directory.
 */
function staysInside(below: string, text: string): boolean {
  if (path.isAbsolute(text)) return false;
  const parts = text.split('/').filter((part) => part !== '' && part !== '.');
  const ups = parts.findIndex((part) => part !== '..');
  const upwards = ups === -1 ? parts.length : ups;
  const depth = below === '' ? 0 : below.split(path.sep).length;
  return upwards <= depth && !parts.slice(upwards).includes('..');
}

async function linkOrCopy(from: string, to: string): Promise<number> {
  try {
    await link(from, to);
    return 0;
  } catch (error) {
    if (!NO_LINK.has(errnoOf(error) ?? '')) throw error;
    return copyWhole(from, to);
  }
}

/** Copies to a separate file, which shares blocks if the file system supports copy-on-write. */
async function copyWhole(from: string, to: string): Promise<number> {
  const { atime, mtime, size } = await lstat(from);
  await copyFile(from, to, COPYFILE_EXCL | COPYFILE_FICLONE);
  await utimes(to, atime, mtime);
  return Math.ceil(size / BLOCK) * BLOCK;
}
