import { HttpProblem } from '../loopback/http-service.js';
import { machineArch } from '../loopback/machine-arch.js';
import { addCreaterepo, addKeyGeneration, CREATEREPO_REASON } from './actions.js';
import {
  DEFAULT_SETTINGS,
  unixNow,
  type ActionRecord,
  type ProjectRecord,
  type ProjectSettings,
  type Storage,
} from './state.js';
import type { Store } from './store.js';

/** A project by its full name; throws 404. */
export function knownProject(store: Store, owner: string, name: string): ProjectRecord {
  const project = store.project(owner, name);
  if (project === null) {
    throw new HttpProblem(404, `there is no project ${owner}/${name}; GET /api/projects lists them`);
  }
  return project;
}

/** The chroot of this machine: plain rpmbuild, so its name does not pretend to be a distribution. */
export function machineChroot(): string {
  return `custom-1-${machineArch()}`;
}

/** `storage` counts only for a project that does not exist yet. */
type WantedProject = {
  readonly owner: string;
  readonly name: string;
  readonly chroots: readonly string[];
  readonly storage?: Storage;
};

/** Adds a project without any action: the backend learns nothing of it. */
export function addBareProject(store: Store, wanted: WantedProject): ProjectRecord {
  return store.addProject({
    owner: wanted.owner,
    name: wanted.name,
    chroots: wanted.chroots.map(enabledChroot),
    dirnames: [],
    settings: { ...DEFAULT_SETTINGS },
    storage: wanted.storage ?? 'backend',
    createdOn: unixNow(),
  });
}

/**
 * The project with these chroots enabled, created if missing. For a new project the backend is asked for empty
 * repositories and a key; for new chroots, for their repositories.
 */
export function ensureProject(store: Store, wanted: WantedProject): ProjectRecord {
  const known = store.project(wanted.owner, wanted.name);
  if (known === null) {
    const project = addBareProject(store, wanted);
    addCreaterepo(store, project, { chroots: wanted.chroots, reason: CREATEREPO_REASON.newChroot, priority: -99 });
    addKeyGeneration(store, project);
    return project;
  }
  const missing = addChroots(store, known, wanted.chroots);
  if (missing.length > 0) addCreaterepo(store, known, { chroots: missing, reason: CREATEREPO_REASON.newChroot });
  return known;
}

/** Adds the missing chroots to the project, without an action; returns their names. */
export function addChroots(store: Store, project: ProjectRecord, names: readonly string[]): readonly string[] {
  const missing = names.filter((name) => !project.chroots.some((chroot) => chroot.name === name));
  if (missing.length === 0) return [];
  project.chroots.push(...missing.map(enabledChroot));
  store.saveProject(project);
  return missing;
}

function enabledChroot(name: string): ProjectRecord['chroots'][number] {
  return { name, enabled: true, pruned: false, comps: null };
}

/** A directory beside the project's main one, created if missing: the backend is asked for its repositories. */
export function ensureDirectory(store: Store, project: ProjectRecord, dirname: string): void {
  if (project.dirnames.includes(dirname)) return;
  project.dirnames = [...project.dirnames, dirname];
  store.saveProject(project);
  const chroots = enabledChroots(project);
  addCreaterepo(store, project, { chroots, reason: CREATEREPO_REASON.newDirectory, dirnames: [dirname] });
}

/** Names of the enabled chroots. */
export function enabledChroots(project: ProjectRecord): readonly string[] {
  return project.chroots.filter((chroot) => chroot.enabled).map((chroot) => chroot.name);
}

/** Enables or disables one chroot: while it is disabled, its tasks read as `null`. False: no such chroot. */
export function setChrootEnabled(store: Store, project: ProjectRecord, name: string, enabled: boolean): boolean {
  const chroot = project.chroots.find((candidate) => candidate.name === name);
  if (chroot === undefined) return false;
  chroot.enabled = enabled;
  store.saveProject(project);
  return true;
}

/**
 * Renews the metadata of every directory at a person's request: the public metadata, even in a project with manual
 * createrepo.
 */
export function regenerate(store: Store, project: ProjectRecord): readonly ActionRecord[] {
  return addCreaterepo(store, project, {
    chroots: enabledChroots(project),
    reason: CREATEREPO_REASON.regenerate,
    devel: false,
  });
}

/**
 * Applies new settings; switching manual createrepo on requests the builders' own metadata, switching it off the public
 * one.
 */
export function changeSettings(
  store: Store,
  project: ProjectRecord,
  changes: Partial<ProjectSettings>,
): readonly ActionRecord[] {
  const was = project.settings.devel_mode;
  project.settings = { ...project.settings, ...changes };
  store.saveProject(project);
  const devel = project.settings.devel_mode;
  if (devel === was) return [];
  const chroots = enabledChroots(project);
  return addCreaterepo(store, project, { chroots, reason: CREATEREPO_REASON.manualCreaterepo, devel });
}
