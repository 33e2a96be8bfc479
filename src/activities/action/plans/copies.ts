import { z } from 'zod';
import type { ActionPlan } from '../../../contracts/action/action.js';
import { SOURCE_CHROOT } from '../../../contracts/build/build.js';
import type { ActionRecord } from '../../../ports/frontend.js';
import { repositoryChange } from '../../../contracts/repository/repository.js';
import { projectOfDirname } from '../../../domain/build/build-directory.js';
import { BuildDirectory, Chroot, Flag, FullName, inline, Name, Project } from './fields.js';

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

/** A fork (docs/neighbours/frontend.md#copies). Throws ZodError for a record that does not fit. */
export function planFork(record: ActionRecord, doSign: boolean): ActionPlan {
  const names = TwoProjects.parse({ old_value: record.oldValue, new_value: record.newValue });
  const {
    user,
    copr,
    builds_map: map,
  } = ForkData.refine(
    (data) => data.user === names.new_value.owner && data.copr === names.new_value.project,
    'user and copr are not new_value',
  ).parse(record.data);
  const builds = Object.entries(map).flatMap(([chroot, pairs]) =>
    Object.entries(pairs).map(([from, to]) => ({ chroot, from, to })),
  );
  return {
    type: 'fork',
    source: names.old_value,
    destination: { owner: user, project: copr },
    builds: inline(builds),
    requests: inline(
      Object.keys(map)
        .filter((chroot) => chroot !== SOURCE_CHROOT)
        .map((chroot) => ({
          repository: { owner: user, dirname: copr, chroot },
          change: repositoryChange('full', { appstream: true }),
        })),
    ),
    sign: doSign,
  };
}

/**
 * No known frontend sends one (docs/neighbours/frontend.md#actions); it would look like a fork's row without builds.
 */
export function planRename(record: ActionRecord, doSign: boolean): ActionPlan {
  const names = TwoProjects.parse({ old_value: record.oldValue, new_value: record.newValue });
  return { type: 'rename', source: names.old_value, destination: names.new_value, sign: doSign };
}

/**
 * A branched chroot (docs/neighbours/frontend.md#copies). Throws ZodError for data that does not fit. No known frontend
 * sends `devel`; if one does, the public metadata waits for its user, as everywhere in a manual-createrepo project.
 */
export function planRawhideToRelease(record: ActionRecord): ActionPlan {
  const data = RawhideData.parse(record.data);
  return {
    type: 'rawhideToRelease',
    project: { owner: data.ownername, project: data.projectname },
    dirname: data.copr_dir,
    from: data.rawhide_chroot,
    to: data.dest_chroot,
    builds: inline(data.builds),
    requests: inline([
      {
        repository: { owner: data.ownername, dirname: data.copr_dir, chroot: data.dest_chroot },
        change: repositoryChange('full', { appstream: data.appstream, devel: data.devel }),
      },
    ]),
  };
}
