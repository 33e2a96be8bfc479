import { join } from 'node:path';
import { addBareProject, ensureProject, machineChroot } from '../../playground/frontend/projects.js';
import { openStore } from '../../playground/frontend/store.js';
import type { DataDirectory } from '../../playground/start/data-directory.js';
import { importedBuild, NO_COMMIT } from './seeded-build.js';

export type SeededBuild = { readonly id: number; readonly taskId: string; readonly owner: string };

/**
 * Writes builds with imported sources into the state of a frontend that does not run yet, spread over the owners in
 * turn. With `ask`, the owners' projects ask for their key and repository, like new ones.
 */
export function seedFrontend(
  directory: DataDirectory,
  wanted: { readonly builds: number; readonly owners: number; readonly ask: boolean },
): readonly SeededBuild[] {
  const store = openStore(join(directory.playground, 'frontend'));
  const chroot = machineChroot();
  const owners = Array.from({ length: wanted.owners }, (_, index) => `bench-${String(index + 1).padStart(4, '0')}`);
  const project = 'packages';
  for (const owner of owners) {
    if (wanted.ask) ensureProject(store, { owner, name: project, chroots: [chroot] });
    else addBareProject(store, { owner, name: project, chroots: [chroot] });
  }
  return Array.from({ length: wanted.builds }, (_, index) => {
    const owner = owners[index % owners.length] ?? '';
    const { id } = store.addBuild(importedBuild({ owner, project, chroot, gitHash: NO_COMMIT }));
    return { id, taskId: `${id}-${chroot}`, owner };
  });
}
