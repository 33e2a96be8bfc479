import { HttpProblem } from '../loopback/http-service.js';
import { ACTION_TYPE, addAction } from './actions.js';
import { isBuildOver } from './build-view.js';
import { knownProject } from './projects.js';
import { dirnameOf, storageNumber, type ActionRecord, type BuildRecord, type ProjectRecord } from './state.js';
import type { Store } from './store.js';

const SOURCES = 'srpm-builds';

/**
 * For users the project and its builds are gone at once; its directories go when the backend has reported the action.
 */
export function deleteProject(store: Store, project: ProjectRecord): readonly ActionRecord[] {
  const action = addAction(store, project, {
    action_type: ACTION_TYPE.delete,
    object_type: 'copr',
    object_id: project.id,
    data: {
      ownername: project.owner,
      project_dirnames: [project.name, ...project.dirnames],
      storage: storageNumber(project),
    },
  });
  for (const build of buildsOf(store, project)) store.removeBuild(build.id);
  store.removeProject(project.id);
  return [action];
}

/** Removes a chroot from the project, with the builds in the project's main directory. */
export function deleteChroot(store: Store, project: ProjectRecord, chroot: string): readonly ActionRecord[] {
  if (!project.chroots.some(({ name }) => name === chroot)) {
    throw new HttpProblem(404, `${project.owner}/${project.name} has no chroot ${chroot}`);
  }
  project.chroots = project.chroots.filter(({ name }) => name !== chroot);
  store.saveProject(project);
  const action = addAction(store, project, {
    action_type: ACTION_TYPE.delete,
    object_type: 'chroot',
    data: { ownername: project.owner, projectname: project.name, chrootname: chroot, storage: storageNumber(project) },
  });
  return [action];
}

/** Deletes finished builds of one project; running ones have to be canceled first. */
export function deleteBuilds(store: Store, ids: readonly number[]): readonly ActionRecord[] {
  const builds = [...new Set(ids)].map((id) => {
    const build = store.build(id);
    if (build === null) throw new HttpProblem(404, `there is no build ${id}; GET /api/builds lists them`);
    if (!isBuildOver(build)) throw new HttpProblem(409, `build ${id} is not over: cancel it first`);
    return build;
  });
  const [first] = builds;
  if (first === undefined) throw new HttpProblem(400, 'name at least one build');
  if (builds.some(({ owner, project }) => owner !== first.owner || project !== first.project)) {
    throw new HttpProblem(400, 'the builds are not all of one project');
  }
  const project = knownProject(store, first.owner, first.project);
  const action = addAction(store, project, builds.length === 1 ? oneBuild(project, first) : several(project, builds));
  for (const build of builds) store.removeBuild(build.id);
  return [action];
}

function oneBuild(project: ProjectRecord, build: BuildRecord): Parameters<typeof addAction>[2] {
  return {
    action_type: ACTION_TYPE.delete,
    object_type: 'build',
    object_id: build.id,
    data: {
      ownername: project.owner,
      projectname: project.name,
      project_dirname: dirnameOf(build),
      chroot_builddirs: directoriesOf([build]),
      appstream: project.settings.appstream,
      devel: project.settings.devel_mode,
      storage: storageNumber(project),
    },
  };
}

function several(project: ProjectRecord, builds: readonly BuildRecord[]): Parameters<typeof addAction>[2] {
  const dirnames = [...new Set(builds.map(dirnameOf))];
  const ofDirectory = (dirname: string): readonly BuildRecord[] => builds.filter((b) => dirnameOf(b) === dirname);
  return {
    action_type: ACTION_TYPE.delete,
    object_type: 'builds',
    data: {
      project_dirnames: Object.fromEntries(dirnames.map((name) => [name, directoriesOf(ofDirectory(name))])),
      storage: storageNumber(project),
      devel: project.settings.devel_mode,
      ownername: project.owner,
      projectname: project.name,
      appstream: project.settings.appstream,
      build_ids: builds.map(({ id }) => id),
    },
  };
}

/** Result directories by chroot; a task that never had one has nothing to delete. */
function directoriesOf(builds: readonly BuildRecord[]): Record<string, string[]> {
  const directories: Record<string, string[]> = {};
  const note = (chroot: string, directory: string): void => {
    if (directory !== '') (directories[chroot] ??= []).push(directory);
  };
  for (const build of builds) {
    note(SOURCES, build.source.resultDir);
    for (const chroot of build.chroots) note(chroot.name, chroot.resultDir);
  }
  return directories;
}

/**
 * Deletes directories beside the project's main one, with their builds; if none is named, those of pull requests, like
 * the nightly job.
 */
export function removeDirectories(
  store: Store,
  project: ProjectRecord,
  named: readonly string[] | null,
): readonly ActionRecord[] {
  const dirnames = named ?? project.dirnames.filter((dirname) => dirname.includes(':pr:'));
  for (const dirname of dirnames) {
    if (!project.dirnames.includes(dirname)) {
      throw new HttpProblem(404, `${project.owner}/${project.name} has no directory ${dirname} beside its own`);
    }
  }
  for (const build of buildsOf(store, project)) if (dirnames.includes(dirnameOf(build))) store.removeBuild(build.id);
  project.dirnames = project.dirnames.filter((dirname) => !dirnames.includes(dirname));
  store.saveProject(project);
  const action = addAction(store, project, {
    action_type: ACTION_TYPE.removeDirectories,
    object_type: 'copr',
    data: dirnames.map((dirname) => `${project.owner}/${dirname}`),
  });
  return [action];
}

/** All builds of a project, in all its directories. */
export function buildsOf(store: Store, project: ProjectRecord): readonly BuildRecord[] {
  return store.builds().filter((build) => build.owner === project.owner && build.project === project.name);
}
