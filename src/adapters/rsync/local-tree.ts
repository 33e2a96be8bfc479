import { lstat, readdir, realpath, rm } from 'node:fs/promises';
import path from 'node:path';

export type TreeEntry = {
  /** Relative to the root, with `/`. */
  readonly name: string;
  readonly type: 'file' | 'link' | 'other';
  /** Apparent size: a sparse file counts in full. */
  readonly size: number;
};

/**
 * Everything below `root` except directories, never following a link. Files that disappear meanwhile are left out:
 * rsync renames its temporary files during this walk.
 */
export async function* walkTree(root: string): AsyncGenerator<TreeEntry> {
  const waiting = [''];
  for (let directory = waiting.pop(); directory !== undefined; directory = waiting.pop()) {
    for (const entry of await passOver(readdir(path.join(root, directory), { withFileTypes: true }), [])) {
      const name = directory === '' ? entry.name : `${directory}/${entry.name}`;
      if (entry.isDirectory()) waiting.push(name);
      else if (entry.isSymbolicLink()) yield { name, type: 'link', size: 0 };
      else {
        const facts = await passOver(lstat(path.join(root, name)), null);
        if (facts !== null) yield { name, type: facts.isFile() ? 'file' : 'other', size: facts.size };
      }
    }
  }
}

/** Apparent size of all files below `root`; stops counting above `limit`. */
export async function treeSize(root: string, limit: number): Promise<number> {
  let bytes = 0;
  for await (const entry of walkTree(root)) {
    bytes += entry.size;
    if (bytes > limit) break;
  }
  return bytes;
}

/**
 * Removes the links below `root` that do not resolve to something below `root`: those that lead out, even through other
 * links, and dangling ones. Also removes links to one of their own parent directories, because a tool that follows
 * links would walk forever. Returns their names.
 */
export async function removeOuterLinks(root: string): Promise<readonly string[]> {
  const top = await realpath(root);
  const removed: string[] = [];
  for await (const entry of walkTree(root)) {
    if (entry.type !== 'link') continue;
    const link = path.join(root, entry.name);
    const end = await realpath(link).catch((error: unknown) => {
      if (
        ['ENOENT', 'ELOOP', 'ENOTDIR', 'EACCES', 'ENAMETOOLONG'].includes((error as NodeJS.ErrnoException).code ?? '')
      )
        return '';
      throw error;
    });
    const isInside = end.startsWith(`${top}${path.sep}`);
    const isAncestor = path.join(top, entry.name).startsWith(`${end}${path.sep}`);
    if (isInside && !isAncestor) continue;
    await rm(link, { force: true });
    removed.push(entry.name);
  }
  return removed;
}

async function passOver<T, F>(promise: Promise<T>, otherwise: F): Promise<T | F> {
  return await promise.catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return otherwise;
    throw error;
  });
}
