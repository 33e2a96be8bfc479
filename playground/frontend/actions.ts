import { pythonJson } from './python-json.js';
import { storageNumber, unixNow, type ActionRecord, type ProjectRecord } from './state.js';
import type { Store } from './store.js';

/**
 * CreaterepoReason numbers that a frontend sends (docs/neighbours/frontend.md#numbers); null: a chroot that was
 * branched without builds.
 */
export const CREATEREPO_REASON = { newChroot: 1, newDirectory: 2, manualCreaterepo: 3, regenerate: 4 } as const;

/** Type numbers (docs/neighbours/frontend.md#actions); `legalFlag`, `updateModule` and `cancelBuild` are never sent. */
export const ACTION_TYPE = {
  delete: 0,
  rename: 1,
  createrepo: 3,
  updateComps: 4,
  generateKey: 5,
  rawhideToRelease: 6,
  fork: 7,
  buildModule: 9,
  removeDirectories: 11,
} as const;

const DEFAULT_PRIORITY: Readonly<Record<number, number>> = { 0: 60, 5: -70, 6: 70, 10: -10 };
/** BackendResultEnum: nobody has reported the action yet. */
const WAITING = 0;

/** The fields that differ between actions; an omitted field is null, an omitted priority 0. */
export type ActionFields = Pick<ActionRecord, 'action_type' | 'object_type'> &
  Partial<Pick<ActionRecord, 'object_id' | 'old_value' | 'new_value' | 'priority'>> & {
    /** The value sent as JSON text. */
    readonly data: unknown;
  };

/** Adds a row that waits for the backend. `project` null: it belongs to no project. */
export function addAction(store: Store, project: ProjectRecord | null, fields: ActionFields): ActionRecord {
  return store.addAction({
    action_type: fields.action_type,
    object_type: fields.object_type,
    object_id: fields.object_id ?? null,
    old_value: fields.old_value ?? null,
    new_value: fields.new_value ?? null,
    priority: fields.priority ?? 0,
    data: fields.data === null ? null : pythonJson(fields.data),
    result: WAITING,
    message: null,
    created_on: unixNow(),
    ended_on: null,
    copr_id: project?.id ?? null,
    owner: project?.owner ?? null,
    project: project?.name ?? null,
  });
}

/** The number by which a backend sorts: the action's own priority, or its type's. */
export function effectivePriority(action: ActionRecord): number {
  return action.priority === 0 ? (DEFAULT_PRIORITY[action.action_type] ?? 0) : action.priority;
}

/** All actions that nobody has reported. */
export function waitingActions(store: Store): readonly ActionRecord[] {
  return store.actions().filter((action) => action.result === WAITING);
}

/**
 * The actions offered to the backend: none of a project (by name) that came after its waiting delete
 * (docs/neighbours/frontend.md#lists).
 */
export function offeredActions(store: Store): readonly ActionRecord[] {
  const underDelete = new Set<string>();
  return waitingActions(store).filter((action) => {
    if (action.owner === null || action.project === null) return true;
    const name = `${action.owner}/${action.project}`;
    if (underDelete.has(name)) return false;
    if (action.action_type === ACTION_TYPE.delete && action.object_type === 'copr') underDelete.add(name);
    return true;
  });
}

/**
 * Asks the backend for (new) metadata. In a project with manual createrepo, without `devel` both kinds are requested,
 * each with its own action (docs/neighbours/frontend.md#metadata).
 */
export function addCreaterepo(
  store: Store,
  project: ProjectRecord,
  request: {
    readonly chroots: readonly string[];
    readonly reason: number | null;
    readonly priority?: number;
    /** Omitted: every directory of the project. */
    readonly dirnames?: readonly string[];
    readonly devel?: boolean;
  },
): readonly ActionRecord[] {
  const both = request.devel === undefined && project.settings.devel_mode;
  return (both ? [true, false] : [request.devel ?? false]).map((devel) =>
    addAction(store, project, {
      action_type: ACTION_TYPE.createrepo,
      object_type: 'repository',
      object_id: 0,
      priority: request.priority ?? 0,
      data: {
        ownername: project.owner,
        projectname: project.name,
        project_dirnames: request.dirnames ?? [project.name, ...project.dirnames],
        chroots: request.chroots,
        appstream: project.settings.appstream,
        storage: storageNumber(project),
        reason: request.reason,
        persistent: project.settings.persistent,
        devel,
      },
    }),
  );
}

/** Asks the backend for the project's key pair. */
export function addKeyGeneration(store: Store, project: ProjectRecord): ActionRecord {
  return addAction(store, project, {
    action_type: ACTION_TYPE.generateKey,
    object_type: 'copr',
    data: { ownername: project.owner, projectname: project.name, appstream: project.settings.appstream },
  });
}

/** Applies one element of `actions` in an update; 0 or a missing result is ignored, a later report overwrites. */
export function applyActionReport(
  store: Store,
  action: ActionRecord,
  report: { readonly result?: number | undefined; readonly message?: string | undefined },
): void {
  if (report.message !== undefined) action.message = report.message;
  if (report.result === 1 || report.result === 2) {
    action.result = report.result;
    action.ended_on = unixNow();
  }
  store.saveAction(action);
}
