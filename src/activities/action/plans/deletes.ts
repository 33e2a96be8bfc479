import { z } from 'zod';
import type { ActionPlan, RepositoryWork } from '../../../contracts/action/action.js';
import { SOURCE_CHROOT } from '../../../contracts/build/build.js';
import { repositoryChange } from '../../../contracts/repository/repository.js';
import type { ActionRecord } from '../../../ports/frontend.js';
import { projectOfDirname } from '../../../domain/build/build-directory.js';
import { BuildDirectory, Chroot, Flag, inline, MAX_NAMED, Name, Project } from './fields.js';

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
const ProjectData = z.object({ ownername: Name, project_dirnames: z.array(z.union([z.literal(''), Name])) });
const PullRequestDirectory = z.string().transform((entry, context) => {
  const [owner = '', dirname = '', ...more] = entry.split('/');
  const parsed = z.object({ owner: Name, dirname: Name }).safeParse({ owner, dirname });
  if (parsed.success && more.length === 0 && dirname.includes(':pr:')) return parsed.data;
  context.addIssue({ code: 'custom', message: 'is not the directory of a pull request, owner/project:pr:number' });
  return z.NEVER;
});
const RemoveDirsData = z.array(PullRequestDirectory);

/** One build, or several at once (docs/neighbours/frontend.md#deletes). Throws ZodError for data that does not fit. */
export function planDeleteBuilds(record: ActionRecord): ActionPlan {
  if (record.objectType === 'builds') {
    const { project_dirnames: directories, build_ids: ids, ...data } = BuildsData.parse(record.data);
    return deleteBuilds({ ...data, directories, ids });
  }
  const { project_dirname: dirname, chroot_builddirs: builds, ...data } = BuildData.parse(record.data);
  const ids = record.objectId === null ? [] : [BuildId.parse(record.objectId)];
  return deleteBuilds({ ...data, directories: { [dirname]: builds }, ids });
}

function deleteBuilds(data: {
  readonly ownername: string;
  readonly devel: boolean;
  readonly appstream: boolean;
  readonly directories: Readonly<Record<string, z.infer<typeof BuildDirectories>>>;
  readonly ids: readonly number[];
}): ActionPlan {
  const { ownername: owner, appstream } = data;
  const requests: RepositoryWork[] = [];
  const loose: string[] = [];
  const directories: string[] = [];
  for (const [dirname, chroots] of Object.entries(data.directories)) {
    for (const [chroot, builds] of Object.entries(chroots)) {
      directories.push(`${dirname}/${chroot}`);
      if (chroot === SOURCE_CHROOT) loose.push(...builds.map((build) => `${dirname}/${chroot}/${build}`));
      else if (builds.length > 0) {
        // Clients of a manual-createrepo project read the public metadata, which must not name deleted packages either.
        for (const devel of data.devel ? [false, true] : [false]) {
          const change = repositoryChange('change', { delete: builds, devel, appstream });
          requests.push({ repository: { owner, dirname, chroot }, change });
        }
      }
    }
  }
  return {
    ...{ type: 'deleteBuilds', requests: inline(requests), loose: { owner, paths: inline(loose) } },
    oldLogs: { directories, ids: data.ids },
  };
}

/** A delete of a chroot (docs/neighbours/frontend.md#deletes). Throws ZodError for data that does not fit. */
export function planDeleteChroot(record: ActionRecord): ActionPlan {
  const { ownername: owner, projectname: project, chrootname: chroot } = ChrootData.parse(record.data);
  return { type: 'deleteChroot', project: { owner, project }, chroot };
}

/** A delete of a project (docs/neighbours/frontend.md#deletes). Throws ZodError for data that does not fit. */
export function planDeleteProject(record: ActionRecord): ActionPlan {
  const { ownername: owner, project_dirnames: named } = ProjectData.parse(record.data);
  const dirnames = [...new Set(named.filter((dirname) => dirname !== ''))];
  const [project, ...others] = new Set(dirnames.map(projectOfDirname));
  if (project === undefined) return { type: 'nothing', why: 'no directory is named' };
  z.array(z.string()).max(0, 'project_dirnames are of more than one project').parse(others);
  const directories = dirnames.map((dirname) => ({ owner, dirname }));
  return { type: 'deleteProject', project: { owner, project }, directories: inline(directories) };
}

/** Removal of directories (docs/neighbours/frontend.md#deletes). Throws ZodError for data that does not fit. */
export function planRemoveDirs(record: ActionRecord): ActionPlan {
  const directories = RemoveDirsData.parse(record.data);
  if (directories.length === 0) return { type: 'nothing', why: 'no directory is named' };
  const projects = new Map(
    directories.map(({ owner, dirname }) => [
      `${owner}/${projectOfDirname(dirname)}`,
      { owner, project: projectOfDirname(dirname) },
    ]),
  );
  z.number().max(MAX_PROJECTS, 'directories of too many projects').parse(projects.size);
  return { type: 'removeDirs', projects: [...projects.values()], directories: inline(directories) };
}
