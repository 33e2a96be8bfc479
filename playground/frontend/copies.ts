import { HttpProblem } from '../loopback/http-service.js';
import { ACTION_TYPE, addAction, addCreaterepo } from './actions.js';
import { buildsOf } from './deletions.js';
import { addBareProject, addChroots, enabledChroots } from './projects.js';
import {
  dirnameOf,
  STATUS,
  storageNumber,
  unixNow,
  type ActionRecord,
  type BuildRecord,
  type ChrootRecord,
  type ProjectRecord,
} from './state.js';
import type { Store } from './store.js';

const SOURCES = 'srpm-builds';

export type FullName = { readonly owner: string; readonly name: string };

/**
 * Forks: the newest good build of each package becomes a build of another project, which is created if missing. It
 * takes one action: key and metadata are the backend's part of it (docs/neighbours/frontend.md#copies).
 */
export function forkProject(
  store: Store,
  source: ProjectRecord,
  target: FullName & { readonly intoExisting: boolean },
): readonly ActionRecord[] {
  if (source.owner === target.owner && source.name === target.name) {
    throw new HttpProblem(409, 'a project cannot be forked into itself');
  }
  const known = store.project(target.owner, target.name);
  if (known !== null && !target.intoExisting) {
    throw new HttpProblem(409, `${target.owner}/${target.name} exists: confirm that the builds shall go into it`);
  }
  const chroots = enabledChroots(source);
  const destination = known ?? addBareProject(store, { ...target, chroots });
  addChroots(store, destination, chroots);
  const map: Record<string, Record<string, string>> = Object.fromEntries(chroots.map((name) => [name, {}]));
  const sources: Record<string, string> = {};
  for (const build of newestOfEachPackage(store, source)) {
    const copy = forkBuild(store, build, destination, chroots);
    for (const { name, resultDir } of copy.chroots) {
      const from = build.chroots.find((chroot) => chroot.name === name);
      if (from !== undefined) (map[name] ??= {})[from.resultDir] = resultDir;
    }
    if (build.source.resultDir !== '') sources[build.source.resultDir] = copy.source.resultDir;
  }
  const action = addAction(store, destination, {
    action_type: ACTION_TYPE.fork,
    object_type: 'copr',
    old_value: `${source.owner}/${source.name}`,
    new_value: `${destination.owner}/${destination.name}`,
    data: {
      user: destination.owner,
      copr: destination.name,
      builds_map: { ...map, [SOURCES]: sources },
      storage: storageNumber(destination),
    },
  });
  return [action];
}

/** Builds in all directories of the project, one per package, with a good chroot; newest packages first. */
function newestOfEachPackage(store: Store, project: ProjectRecord): readonly BuildRecord[] {
  const newest = new Map<string, BuildRecord>();
  const good = buildsOf(store, project).filter((build) => build.chroots.some(isGood));
  for (const build of [...good].sort((a, b) => b.id - a.id)) {
    const name = build.packageName ?? '';
    if (!newest.has(name)) newest.set(name, build);
  }
  return [...newest.values()];
}

/** True if it has results that can be copied. */
function isGood(chroot: ChrootRecord): boolean {
  return (chroot.status === STATUS.succeeded || chroot.status === STATUS.forked) && chroot.resultDir !== '';
}

function forkBuild(
  store: Store,
  build: BuildRecord,
  destination: ProjectRecord,
  chroots: readonly string[],
): BuildRecord {
  const now = unixNow();
  const forked = { status: STATUS.forked, startedOn: now, endedOn: now };
  const copy = store.addBuild({
    ...build,
    owner: destination.owner,
    project: destination.name,
    dirname: null,
    submitter: destination.owner,
    createdOn: now,
    cancelRequests: [],
    source: { ...build.source, ...forked },
    chroots: build.chroots
      .filter((chroot) => isGood(chroot) && chroots.includes(chroot.name))
      .map((chroot) => ({ ...chroot, ...forked, packages: [...chroot.packages] })),
    reports: [],
  });
  const renumbered = (directory: string): string => directory.replace(/^\d+/, String(copy.id).padStart(8, '0'));
  copy.source.resultDir = renumbered(copy.source.resultDir);
  for (const chroot of copy.chroots) chroot.resultDir = renumbered(chroot.resultDir);
  store.saveBuild(copy);
  return copy;
}

/** Renames the project and everything in it; refused if the name is taken. */
export function renameProject(store: Store, project: ProjectRecord, target: FullName): readonly ActionRecord[] {
  if (store.project(target.owner, target.name) !== null) {
    throw new HttpProblem(409, `${target.owner}/${target.name} exists: delete it first, or choose another name`);
  }
  const former = { owner: project.owner, name: project.name };
  const renamed = (dirname: string): string => `${target.name}${dirname.slice(former.name.length)}`;
  for (const build of buildsOf(store, project)) {
    build.owner = target.owner;
    build.project = target.name;
    build.dirname = build.dirname === null ? null : renamed(build.dirname);
    store.saveBuild(build);
  }
  project.owner = target.owner;
  project.name = target.name;
  project.dirnames = project.dirnames.map(renamed);
  store.saveProject(project);
  const action = addAction(store, project, {
    action_type: ACTION_TYPE.rename,
    object_type: 'copr',
    old_value: `${former.owner}/${former.name}`,
    new_value: `${target.owner}/${target.name}`,
    data: { user: target.owner, copr: target.name, storage: storageNumber(project) },
  });
  return [action];
}

/**
 * Fedora branches: each project that builds for rawhide gets the new chroot, with copies of its rawhide builds. One
 * action per directory with builds; the others get empty repositories (docs/neighbours/frontend.md#copies).
 */
export function branchChroot(store: Store, rawhide: string, fresh: string): readonly ActionRecord[] {
  const actions: ActionRecord[] = [];
  for (const project of store.projects().filter((candidate) => enabledChroots(candidate).includes(rawhide))) {
    addChroots(store, project, [fresh]);
    for (const dirname of [project.name, ...project.dirnames]) {
      const builds = buildsOf(store, project).filter((build) => dirnameOf(build) === dirname);
      const directories = branchBuilds(store, builds, rawhide, fresh);
      if (directories.length > 0) actions.push(addBranching(store, project, { dirname, rawhide, fresh, directories }));
      else {
        const request = { chroots: [fresh], reason: null, dirnames: [dirname], devel: false };
        actions.push(...addCreaterepo(store, project, request));
      }
    }
  }
  return actions;
}

/** Result directories of rawhide that the new chroot gets: the newest of each package; copies are not copied again. */
function branchBuilds(store: Store, builds: readonly BuildRecord[], rawhide: string, fresh: string): readonly string[] {
  const seen = new Set<string>();
  const directories: string[] = [];
  for (const build of [...builds].sort((a, b) => b.id - a.id)) {
    const built = build.chroots.find(({ name }) => name === rawhide);
    if (built?.status !== STATUS.succeeded || built.resultDir === '') continue;
    if (seen.has(build.packageName ?? '')) continue;
    seen.add(build.packageName ?? '');
    if (build.chroots.some(({ name }) => name === fresh)) continue;
    build.chroots.push({ ...built, name: fresh, status: STATUS.forked, packages: [...built.packages] });
    store.saveBuild(build);
    directories.push(built.resultDir);
  }
  return directories;
}

function addBranching(
  store: Store,
  project: ProjectRecord,
  branching: {
    readonly dirname: string;
    readonly rawhide: string;
    readonly fresh: string;
    readonly directories: readonly string[];
  },
): ActionRecord {
  return addAction(store, project, {
    action_type: ACTION_TYPE.rawhideToRelease,
    object_type: 'None',
    data: {
      projectname: project.name,
      ownername: project.owner,
      copr_dir: branching.dirname,
      rawhide_chroot: branching.rawhide,
      appstream: project.settings.appstream,
      dest_chroot: branching.fresh,
      storage: storageNumber(project),
      builds: branching.directories,
    },
  });
}
