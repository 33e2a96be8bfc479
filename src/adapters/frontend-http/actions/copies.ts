import { z } from 'zod';
import { SOURCE_CHROOT } from '../../../contracts/build/build.js';
import { projectOfDirname } from '../../../domain/build/build-directory.js';
import type { ActionRequest } from '../../../ports/action/requested-action.js';
import type { ActionRecord } from './action-record.js';
import { BuildDirectory, Chroot, Flag, FullName, Name, Project } from './fields.js';

const SourceOrChroot = z.union([z.literal(SOURCE_CHROOT), Chroot]);
const ForkData = z.object({
  user: Name,
  copr: Project,
  builds_map: z.record(SourceOrChroot, z.record(BuildDirectory, BuildDirectory)),
});
const RawhideData = z
  .object({
    ownername: Name,
    projectname: Project,
    copr_dir: Name,
    rawhide_chroot: Chroot,
    dest_chroot: Chroot,
    appstream: Flag,
    devel: Flag,
    builds: z.array(BuildDirectory),
  })
  .refine((data) => projectOfDirname(data.copr_dir) === data.projectname, 'copr_dir is not of this project')
  .refine((data) => data.rawhide_chroot !== data.dest_chroot, 'both chroots are the same');

/** Two full names that must differ: a fork or a rename onto itself is a mistake. */
const TwoProjects = z
  .object({ old_value: FullName, new_value: FullName })
  .refine(({ old_value: one, new_value: other }) => one.owner !== other.owner || one.project !== other.project, {
    error: 'old_value and new_value are the same project',
  });

/** A fork (docs/neighbours/frontend.md#copies). Throws ZodError. */
export function readFork(record: ActionRecord): ActionRequest {
  const { source, destination } = readTwoProjects(record);
  const { builds_map: map } = ForkData.refine(
    (data) => data.user === destination.owner && data.copr === destination.project,
    'user and copr are not new_value',
  ).parse(record.data);
  const builds = Object.entries(map).flatMap(([chroot, pairs]) =>
    Object.entries(pairs).map(([from, to]) => ({ chroot, from, to })),
  );
  const chroots = Object.keys(map).filter((chroot) => chroot !== SOURCE_CHROOT);
  return { type: 'fork', source, destination, chroots, builds };
}

/**
 * No known frontend sends one (docs/neighbours/frontend.md#actions); it would look like a fork's row without builds.
 * Throws ZodError.
 */
export function readRename(record: ActionRecord): ActionRequest {
  return { type: 'rename', ...readTwoProjects(record) };
}

function readTwoProjects(record: ActionRecord): Pick<ActionRequest & { type: 'rename' }, 'source' | 'destination'> {
  const names = TwoProjects.parse({ old_value: record.oldValue, new_value: record.newValue });
  return { source: names.old_value, destination: names.new_value };
}

/** A branched chroot (docs/neighbours/frontend.md#copies). Throws ZodError. */
export function readRawhideToRelease(record: ActionRecord): ActionRequest {
  const data = RawhideData.parse(record.data);
  const { copr_dir: dirname, rawhide_chroot: from, dest_chroot: to, builds, devel, appstream } = data;
  const project = { owner: data.ownername, project: data.projectname };
  return { type: 'rawhideToRelease', project, dirname, from, to, builds, devel, appstream };
}
