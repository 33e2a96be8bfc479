import { machineArch } from '../loopback/machine-arch.js';
import { addCreaterepo, addKeyGeneration, CREATEREPO_REASON } from './actions.js';
import { unixNow, type ProjectRecord } from './state.js';
import type { Store } from './store.js';

/** The chroot of this machine: plain rpmbuild, so its name does not pretend to be a distribution. */
export function machineChroot(): string {
  return `custom-1-${machineArch()}`;
}

/**
 * The project with these chroots enabled, made when missing. A new project asks the backend for empty repositories and
 * a key; new chroots ask for their repositories.
 */
export function ensureProject(
  store: Store,
  wanted: { readonly owner: string; readonly name: string; readonly chroots: readonly string[] },
): ProjectRecord {
  const known = store.project(wanted.owner, wanted.name);
  const missing = wanted.chroots.filter((name) => !(known?.chroots.some((chroot) => chroot.name === name) ?? false));
  const added = missing.map((name) => ({ name, enabled: true, pruned: false }));
  if (known === null) {
    const project = store.addProject({
      owner: wanted.owner,
      name: wanted.name,
      chroots: added,
      createdOn: unixNow(),
    });
    addCreaterepo(store, project, { chroots: missing, reason: CREATEREPO_REASON.newChroot, priority: -99 });
    addKeyGeneration(store, project);
    return project;
  }
  if (missing.length > 0) {
    known.chroots.push(...added);
    store.saveProject(known);
    addCreaterepo(store, known, { chroots: missing, reason: CREATEREPO_REASON.newChroot, priority: 0 });
  }
  return known;
}

/** Switches one chroot on or off: its tasks read as `null` while it is off. False: no such chroot. */
export function setChrootEnabled(store: Store, project: ProjectRecord, name: string, enabled: boolean): boolean {
  const chroot = project.chroots.find((candidate) => candidate.name === name);
  if (chroot === undefined) return false;
  chroot.enabled = enabled;
  store.saveProject(project);
  return true;
}
