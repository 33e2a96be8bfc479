import { z } from 'zod';
import { SOURCE_CHROOT } from '../../../contracts/build/build.js';
import { isPullRequestDirname, projectOfDirname } from '../../../domain/build/build-directory.js';
import type { ActionRequest, BuildsDeletion } from '../../../ports/action/requested-action.js';
import type { ActionRecord } from './action-record.js';
import { BuildDirectory, Chroot, Flag, MAX_NAMED, Name, Project } from './fields.js';

/** Maximum number of projects that one remove_dirs may name; a frontend sends one action per project. */
const MAX_PROJECTS = 50;

const BuildId = z.int().nonnegative();
/** Build directories by chroot. */
const BuildDirectories = z.record(z.union([z.literal(SOURCE_CHROOT), Chroot]), z.array(BuildDirectory).max(MAX_NAMED));
const Common = { ownername: Name, projectname: Project, devel: Flag, appstream: z.boolean() };
const BuildData = z.object({ ...Common, project_dirname: Name, chroot_builddirs: BuildDirectories });
const BuildsData = z.object({
  ...Common,
  project_dirnames: z.record(Name, BuildDirectories),
  build_ids: z.array(BuildId).max(MAX_NAMED).default([]),
});
const ChrootData = z.object({ ownername: Name, projectname: Project, chrootname: Chroot });
const ProjectData = z
  .object({
    ownername: Name,
    project_dirnames: z
      .array(z.union([z.literal(''), Name]))
      .transform((named) => [...new Set(named.filter((dirname) => dirname !== ''))]),
  })
  .refine(({ project_dirnames: dirnames }) => new Set(dirnames.map(projectOfDirname)).size <= 1, {
    error: 'project_dirnames are of more than one project',
  });
const PullRequestDirectory = z.string().transform((entry, context) => {
  const [owner = '', dirname = '', ...more] = entry.split('/');
  const parsed = z.object({ owner: Name, dirname: Name }).safeParse({ owner, dirname });
  if (parsed.success && more.length === 0 && isPullRequestDirname(dirname)) return parsed.data;
  context.addIssue({ code: 'custom', message: 'is not the directory of a pull request, owner/project:pr:number' });
  return z.NEVER;
});
const RemoveDirsData = z
  .array(PullRequestDirectory)
  .refine(
    (directories) =>
      new Set(directories.map(({ owner, dirname }) => `${owner}/${projectOfDirname(dirname)}`)).size <= MAX_PROJECTS,
    { error: 'directories of too many projects' },
  );

/** A delete of a project, a chroot, one build or several (docs/neighbours/frontend.md#deletes). Throws ZodError. */
export function readDelete(record: ActionRecord): ActionRequest {
  switch (record.objectType) {
    case 'copr': {
      const { ownername: owner, project_dirnames: dirnames } = ProjectData.parse(record.data);
      return { type: 'deleteProject', owner, dirnames };
    }
    case 'build': {
      const { project_dirname: dirname, chroot_builddirs: builds, ...data } = BuildData.parse(record.data);
      const ids = record.objectId === null ? [] : [BuildId.parse(record.objectId)];
      return deletion(data, { [dirname]: builds }, ids);
    }
    case 'builds': {
      const { project_dirnames: directories, build_ids: ids, ...data } = BuildsData.parse(record.data);
      return deletion(data, directories, ids);
    }
    case 'chroot': {
      const { ownername: owner, projectname: project, chrootname: chroot } = ChrootData.parse(record.data);
      return { type: 'deleteChroot', project: { owner, project }, chroot };
    }
    case null:
    default:
      return { type: 'deleteOther', objectType: record.objectType };
  }
}

function deletion(
  { ownername: owner, devel, appstream }: z.infer<z.ZodObject<typeof Common>>,
  directories: Readonly<Record<string, z.infer<typeof BuildDirectories>>>,
  ids: readonly number[],
): BuildsDeletion {
  const chroots = Object.entries(directories).flatMap(([dirname, byChroot]) =>
    Object.entries(byChroot).map(([chroot, builds]) => ({ owner, dirname, chroot, builds })),
  );
  return { type: 'deleteBuilds', owner, chroots, ids, devel, appstream };
}

/** Removal of directories (docs/neighbours/frontend.md#deletes). Throws ZodError. */
export function readRemoveDirs(record: ActionRecord): ActionRequest {
  return { type: 'removeDirectories', directories: RemoveDirsData.parse(record.data) };
}
