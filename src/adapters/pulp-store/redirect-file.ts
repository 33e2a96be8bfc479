import { appendFile, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { ProjectId } from '../../contracts/names/ids.js';
import { PortFailure } from '../../ports/port-failure.js';
import { writeFileAtomic } from '../files/atomic-file.js';
import { orNull, withStorage } from '../files/storage-failure.js';
import { acquireFileLock, underLock, type FileLock } from '../process/file-lock.js';

/** The list of projects for which a web server looks at Pulp; nothing is kept where an operator made no such file. */
export type RedirectFile = {
  /** Lists `<owner>/<project>`, once. Rejects with `StorageFailed`, or the signal's reason. */
  readonly add: (project: string, signal?: AbortSignal) => Promise<void>;
  /** Takes it off the list. */
  readonly remove: (project: string, signal?: AbortSignal) => Promise<void>;
};

const NEVER = new AbortController().signal;

export function createRedirectFile(file: string): RedirectFile {
  const lines = async (): Promise<readonly string[] | null> => {
    const text = await orNull(readFile(file, 'utf8'));
    return text?.split('\n').filter((line) => line !== '') ?? null;
  };
  // A file of its own: the list is replaced by a rename, which a lock on it would not survive.
  const lockFile = path.join(path.dirname(file), `.${path.basename(file)}.lock`);
  const change = (
    project: string,
    isListed: boolean,
    { write, signal = NEVER }: { readonly write: () => Promise<void>; readonly signal?: AbortSignal | undefined },
  ): Promise<void> =>
    withStorage(`${file} cannot be changed`, async () => {
      const isDone = async (): Promise<boolean> => ((await lines())?.includes(project) ?? isListed) === isListed;
      if (await isDone()) return;
      const lock = await acquire(lockFile, signal);
      signal.throwIfAborted();
      await underLock(lock, async () => {
        if (!(await isDone())) await write();
      });
    });
  return {
    add: (project, signal) => change(project, true, { write: () => appendFile(file, `${project}\n`), signal }),
    remove: (project, signal) =>
      change(project, false, {
        write: async () => {
          const left = ((await lines()) ?? []).filter((line) => line !== project);
          await writeFileAtomic(file, left.map((line) => `${line}\n`).join(''));
        },
        signal,
      }),
  };
}

/**
 * Lists a project whose packages were just published. Resolves with what keeps it off the list: clients of Pulp's own
 * URLs have the packages already, so that does not make the publication fail.
 */
export async function listOrWarn(
  { add }: Pick<RedirectFile, 'add'>,
  { owner, project }: ProjectId,
  signal?: AbortSignal,
): Promise<readonly string[]> {
  try {
    await add(`${owner}/${project}`, signal);
    return [];
  } catch (error) {
    if (!(error instanceof PortFailure)) throw error;
    return [`web servers are not told that ${owner}/${project} is at Pulp: ${error.message}`];
  }
}

async function acquire(lockFile: string, signal: AbortSignal): Promise<FileLock | null> {
  try {
    return await acquireFileLock(lockFile, signal);
  } catch (error) {
    if (error instanceof PortFailure) throw error;
    const todo = 'the service user has to be able to make files in its directory';
    throw new PortFailure('StorageFailed', `${lockFile} cannot be locked: ${todo}`, { cause: error });
  }
}
