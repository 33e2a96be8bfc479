import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ProjectRecord } from './state.js';

/** Comps files as users uploaded them, whatever they contain: the backend decides whether one is usable. */
export type CompsFiles = {
  readonly store: (project: ProjectRecord, chroot: string, content: Buffer) => Promise<void>;
  /** Null: there is none. */
  readonly read: (project: ProjectRecord, chroot: string) => Promise<Buffer | null>;
  readonly remove: (project: ProjectRecord, chroot: string) => Promise<void>;
};

/** Files below one directory; `chroot` is one that the project has. */
export function createCompsFiles(directory: string): CompsFiles {
  const fileOf = (project: ProjectRecord, chroot: string): string => join(directory, `${project.id}-${chroot}.xml`);
  return {
    store: async (project, chroot, content) => {
      await mkdir(directory, { recursive: true });
      const partial = join(directory, `.${randomBytes(8).toString('hex')}.part`);
      await writeFile(partial, content);
      await rename(partial, fileOf(project, chroot));
    },
    read: async (project, chroot) => {
      try {
        return await readFile(fileOf(project, chroot));
      } catch (error) {
        if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
        throw error;
      }
    },
    remove: (project, chroot) => rm(fileOf(project, chroot), { force: true }),
  };
}

/** The path at which the frontend serves a chroot's comps file; the backend appends it to frontend_base_url. */
export function compsPath(project: ProjectRecord, chroot: string): string {
  return `/coprs/${project.owner}/${project.name}/chroot/${chroot}/comps/`;
}
