import { pythonJson } from './python-json.js';
import { unixNow, type ActionRecord, type ProjectRecord } from './state.js';
import type { Store } from './store.js';

/** CreaterepoReason numbers that a frontend sends itself (frontend.md §3). */
export const CREATEREPO_REASON = { newChroot: 1, regenerate: 4 } as const;

const CREATEREPO = 3;
const GENERATE_KEY = 5;
const DEFAULT_PRIORITY: Readonly<Record<number, number>> = { 0: 60, [GENERATE_KEY]: -70, 6: 70, 10: -10 };

/** The number a backend sorts by: the action's own priority, or its type's. */
export function effectivePriority(action: ActionRecord): number {
  return action.priority === 0 ? (DEFAULT_PRIORITY[action.action_type] ?? 0) : action.priority;
}

/** Asks the backend for (new) metadata of a project's chroots. */
export function addCreaterepo(
  store: Store,
  project: ProjectRecord,
  request: { readonly chroots: readonly string[]; readonly reason: number; readonly priority: number },
): ActionRecord {
  return addAction(store, project, {
    action_type: CREATEREPO,
    object_type: 'repository',
    object_id: 0,
    priority: request.priority,
    data: pythonJson({
      ownername: project.owner,
      projectname: project.name,
      project_dirnames: [project.name],
      chroots: request.chroots,
      appstream: false,
      storage: 0,
      reason: request.reason,
      persistent: false,
      devel: false,
    }),
  });
}

/** Asks the backend for the project's key pair. */
export function addKeyGeneration(store: Store, project: ProjectRecord): ActionRecord {
  return addAction(store, project, {
    action_type: GENERATE_KEY,
    object_type: 'copr',
    object_id: null,
    priority: 0,
    data: pythonJson({ ownername: project.owner, projectname: project.name, appstream: false }),
  });
}

function addAction(
  store: Store,
  project: ProjectRecord,
  fields: Pick<ActionRecord, 'action_type' | 'object_type' | 'object_id' | 'priority' | 'data'>,
): ActionRecord {
  return store.addAction({
    ...fields,
    old_value: null,
    new_value: null,
    result: 0,
    message: null,
    created_on: unixNow(),
    ended_on: null,
    copr_id: project.id,
    owner: project.owner,
  });
}

/** What one element of `actions` in an update does; 0 or nothing is ignored, a later report overwrites. */
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
