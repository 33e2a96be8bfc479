import { randomBytes } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import type { Deletion } from '../../contracts/action/action.js';
import { projectOfDirname } from '../../domain/build/build-directory.js';
import { PortFailure } from '../../ports/port-failure.js';
import { writeFileAtomic } from '../files/atomic-file.js';
import { exists, statOf } from '../files/entries.js';
import { orNull } from '../files/storage-failure.js';
import { chrootsIn } from '../file-tree/chroots-and-builds.js';
import { createTreePaths, insideRoot } from '../file-tree/paths.js';
import type { PulpRepositories } from '../pulp/repositories.js';
import { NO_MEMORY, type TaskWatch } from '../pulp/tasks.js';
import { HELD_ELSEWHERE, type Elsewhere } from '../trash/elsewhere.js';
import { isOf, prefixOf } from './names.js';
import type { RedirectFile } from './redirect-file.js';
import { createTaskFile } from './task-file.js';
import { hasTraces } from './traces.js';

/** Where a deleted directory's repositories are, and how its distributions served them. */
const Parked = z.object({
  token: z.string().regex(/^[0-9a-f]{16}$/),
  distributions: z.array(
    z.object({
      name: z.string(),
      publication: z.string(),
      labels: z.record(z.string(), z.string()),
    }),
  ),
});
type Parked = z.infer<typeof Parked>;

/**
 * The repositories of deleted directories. They keep their packages, which Pulp would remove otherwise, until the trash
 * is emptied. Rejects like PulpRepositories.
 */
export type ParkedRepositories = Elsewhere & {
  /** Whether Pulp has, or an earlier `forget` has parked, anything of a directory. Asks Pulp only if the disk is silent. */
  readonly has: (deletion: Deletion, options: { readonly signal?: AbortSignal }) => Promise<boolean>;
  /**
   * Takes everything that Pulp has of a directory out of clients' sight: its distributions go, its repositories get
   * names that no project has. To be called before the directory goes into the trash; without a directory, all of it is
   * removed for good. Safe to repeat, from wherever an earlier call was cut off.
   */
  readonly forget: (deletion: Deletion, options: { readonly signal?: AbortSignal }) => Promise<void>;
};

export function createParkedRepositories(deps: {
  readonly destdir: string;
  readonly repositories: PulpRepositories;
  readonly redirects?: RedirectFile;
}): ParkedRepositories {
  const { repositories } = deps;
  const paths = createTreePaths(deps.destdir);

  async function park(deletion: Deletion, directory: string, signal: AbortSignal | undefined): Promise<void> {
    const { token, distributions: known } = (await readParked(directory)) ?? {
      token: randomBytes(8).toString('hex'),
      distributions: [],
    };
    // Noted before the tasks are looked at: what begins after this finds the note.
    const note = (distributions: Parked['distributions']): Promise<void> =>
      writeFileAtomic(path.join(directory, HELD_ELSEWHERE), JSON.stringify({ token, distributions }));
    await note(known);
    const chroots = deletion.chroot === null ? await chrootsIn(paths, deletion) : [];
    for (const place of [directory, ...chroots.map((chroot) => path.join(directory, chroot))]) {
      const memory = createTaskFile(place);
      await repositories.awaitTasks(memory.all(), watchOf(memory, signal));
    }
    const watch = watchOf(createTaskFile(directory), signal);
    const serving = (await repositories.distributions(prefixOf(deletion), signal)).filter(isMeant);
    const now = serving.flatMap(({ name, publication, pulp_labels: labels }) =>
      publication === null ? [] : [{ name, publication, labels: onlyTexts(labels) }],
    );
    const names = new Set(now.map(({ name }) => name));
    await note([...known.filter(({ name }) => !names.has(name)), ...now]);
    for (const { pulp_href: href } of serving) await repositories.remove(href, watch);
    for (const repository of (await repositories.repositories(prefixOf(deletion), signal)).filter(isMeant)) {
      const name = `${parkedPrefix(token)}${repository.name}`;
      const isParked = (await repositories.find(name, signal)) !== null;
      // It was made since an earlier call, by a publication that had begun before that.
      if (isParked) await repositories.remove(repository.pulp_href, watch);
      else await repositories.rename(repository, name, watch);
    }

    function isMeant({ name }: { readonly name: string }): boolean {
      return isOf(deletion, name);
    }
  }

  async function removeAll(deletion: Deletion, signal: AbortSignal | undefined): Promise<void> {
    const watch = watchOf(NO_MEMORY, signal);
    for (const list of [repositories.distributions, repositories.repositories])
      for (const { pulp_href: href, name } of await list(prefixOf(deletion), signal))
        if (isOf(deletion, name)) await repositories.remove(href, watch);
  }

  return {
    has: async (deletion, { signal }) => {
      const { owner, dirname } = deletion;
      return paths.within(`${owner}/${dirname}: its repositories cannot be looked for`, async () => {
        if (await hasTraces(paths, deletion)) return true;
        for (const list of [repositories.distributions, repositories.repositories])
          if ((await list(prefixOf(deletion), signal)).some(({ name }) => isOf(deletion, name))) return true;
        return false;
      });
    },

    forget: async (deletion, { signal }) => {
      const { chroot } = deletion;
      const directory = chroot === null ? paths.project(deletion) : paths.chroot({ ...deletion, chroot });
      return paths.within(`${directory}: its repositories cannot be taken away`, async () => {
        await insideRoot(paths, directory);
        await refuseLink(directory);
        await ((await exists(directory)) ? park(deletion, directory, signal) : removeAll(deletion, signal));
        const isProject = chroot === null && projectOfDirname(deletion.dirname) === deletion.dirname;
        if (isProject) await deps.redirects?.remove(`${deletion.owner}/${deletion.dirname}`, signal);
      });
    },

    clear: ([owner = '', dirname = '', chroot = null], signal) => removeAll({ owner, dirname, chroot }, signal),

    restore: async (content) => {
      const parked = await readParked(content);
      if (parked === null) return;
      const prefix = parkedPrefix(parked.token);
      const watch = watchOf(createTaskFile(content), undefined);
      await repositories.awaitTasks(createTaskFile(content).all(), watch);
      for (const repository of await repositories.repositories(prefix))
        await repositories.rename(repository, repository.name.slice(prefix.length), watch);
      for (const served of parked.distributions) {
        await repositories.serve(served, watch);
        const [owner = '', dirname = ''] = served.name.split('/');
        await deps.redirects?.add(`${owner}/${projectOfDirname(dirname)}`);
      }
      // Last: until then, all of this is repeated.
      await rm(path.join(content, HELD_ELSEWHERE), { force: true });
    },

    remove: async (content, signal) => {
      const parked = await readParked(content);
      if (parked === null) return;
      const watch = watchOf(NO_MEMORY, signal);
      for (const { pulp_href: href } of await repositories.repositories(parkedPrefix(parked.token), signal))
        await repositories.remove(href, watch);
    },
  };
}

/** Rejects with `ProjectDeleted` while a directory, or its chroot, is on its way into the trash. */
export async function refuseParked(project: string, chroot: string): Promise<void> {
  for (const directory of [project, chroot]) {
    if (!(await exists(path.join(directory, HELD_ELSEWHERE)))) continue;
    throw new PortFailure('ProjectDeleted', `${directory} is being deleted`);
  }
}

/** The note of a deletion would lie in the directory that the link leads to, which is not to be deleted. */
async function refuseLink(directory: string): Promise<void> {
  if ((await statOf(directory))?.isSymbolicLink() !== true) return;
  const todo = 'remove the link, and delete what it leads to if that is meant';
  // The link stays until somebody removes it.
  throw new PortFailure('StorageFailed', `${directory} is a link to another directory: ${todo}`, { retryable: false });
}

async function readParked(directory: string): Promise<Parked | null> {
  const text = await orNull(readFile(path.join(directory, HELD_ELSEWHERE), 'utf8'));
  return text === null ? null : Parked.parse(JSON.parse(text));
}

/** No name of an owner has this sign. */
function parkedPrefix(token: string): string {
  return `deleted=${token}/`;
}

function watchOf(memory: TaskWatch['memory'], signal: AbortSignal | undefined): TaskWatch {
  return { memory, signal };
}

function onlyTexts(labels: Readonly<Record<string, string | null>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(labels).flatMap(([key, text]) => (text === null ? [] : [[key, text]])));
}
