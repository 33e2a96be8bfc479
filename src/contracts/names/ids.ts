import type { MaintenanceJob } from '../maintenance/maintenance.js';
import { boundedId, isShortened } from './bounded-id.js';

/**
 * Workflow ids: business names, readable in the Web UI, made and parsed only here (docs/technical-description.md). The
 * id prevents duplicates: each task, directory or project has at most one running workflow. A name that is too long for
 * an id is shortened (`boundedId`), and is complete in the workflow's memo: start workflows with these names with the
 * options from `…Start`.
 */

export const BUILD_DISPATCHER_ID = 'dispatcher/builds';
export const ACTION_DISPATCHER_ID = 'dispatcher/actions';

/** One directory of metadata: `<destdir>/<owner>/<dirname>/<chroot>`. */
export type RepositoryId = { readonly owner: string; readonly dirname: string; readonly chroot: string };

/** One project: the owner of keys and of work that spans several directories. */
export type ProjectId = { readonly owner: string; readonly project: string };

/** Memo key of the full name of a shortened id. */
const NAME_MEMO = 'CoprName';

/** Start options that say which workflow it is. */
export type NamedStart = { readonly workflowId: string; readonly memo?: Record<string, unknown> };

/**
 * `build/<task_id>`; a task id is `<build id>` for sources and `<build id>-<chroot>` for RPMs
 * (docs/neighbours/frontend.md#lists).
 */
export function buildWorkflowId(taskId: string): string {
  return buildStart(taskId).workflowId;
}

export function buildStart(taskId: string): NamedStart {
  return namedStart(`build/${taskId}`);
}

/** `action/<id>`. */
export function actionWorkflowId(actionId: number): string {
  return `action/${actionId}`;
}

/** The workflow of a dispatcher's task; an action's task id is its number. */
export function taskWorkflowId(of: 'builds' | 'actions', taskId: string): string {
  return taskStart(of, taskId).workflowId;
}

export function taskStart(of: 'builds' | 'actions', taskId: string): NamedStart {
  return of === 'builds' ? buildStart(taskId) : { workflowId: actionWorkflowId(Number(taskId)) };
}

/** `repository/<owner>/<dirname>/<chroot>`. */
export function repositoryWorkflowId(id: RepositoryId): string {
  return repositoryStart(id).workflowId;
}

export function repositoryStart(id: RepositoryId): NamedStart {
  return namedStart(`repository/${id.owner}/${id.dirname}/${id.chroot}`);
}

/** `repository-request/<uuid>`: a command's request to a repository. */
export function repositoryRequestWorkflowId(uuid: string): string {
  return `repository-request/${uuid}`;
}

/** `project/<owner>/<project>`. */
export function projectWorkflowId(id: ProjectId): string {
  return projectStart(id).workflowId;
}

export function projectStart(id: ProjectId): NamedStart {
  return namedStart(`project/${id.owner}/${id.project}`);
}

/** One directory of a project whose packages are signed again. */
type ResignId = { readonly owner: string; readonly dirname: string };

/** `resign/<owner>/<dirname>`, or `resign/<owner>/<dirname>/<action>` as part of an action. */
export function resignWorkflowId(of: ResignId, actionId?: number): string {
  return resignStart(of, actionId).workflowId;
}

export function resignStart(of: ResignId, actionId?: number): NamedStart {
  return namedStart(`resign/${of.owner}/${of.dirname}${actionId === undefined ? '' : `/${actionId}`}`);
}

/** `change-storage/<owner>/<project>`: the move of a project to Pulp. */
export function changeStorageWorkflowId(of: ProjectId): string {
  return changeStorageStart(of).workflowId;
}

export function changeStorageStart(of: ProjectId): NamedStart {
  return namedStart(`change-storage/${of.owner}/${of.project}`);
}

/** `prune/<storage>`: one at a time in a results tree. */
export function pruneWorkflowId(storage: string): string {
  return boundedId(`prune/${storage}`);
}

/**
 * `prune-all/<storage>`: the Schedule that prunes a results tree. The ids of its rounds are this id, `-` and the time
 * at which they were due.
 */
export function pruneScheduleId(storage: string): string {
  return boundedId(`prune-all/${storage}`, TIME_OF_ROUND);
}

/**
 * `trash/<storage>`: the Schedule that empties the trash of a results tree. The ids of its rounds are this id, `-` and
 * the time at which they were due.
 */
export function trashScheduleId(storage: string): string {
  return boundedId(`trash/${storage}`, TIME_OF_ROUND);
}

/**
 * `maintenance/<job>/<storage>`: the Schedule of a maintenance job. The ids of its rounds are this id, `-` and the time
 * at which they were due.
 */
export function maintenanceScheduleId(job: MaintenanceJob, storage: string): string {
  return boundedId(`maintenance/${job}/${storage}`, TIME_OF_ROUND);
}

/** Bytes that the server appends to the id of a Schedule's rounds: `-2026-11-29T14:00:00Z`. */
const TIME_OF_ROUND = 21;

function namedStart(name: string): NamedStart {
  const workflowId = boundedId(name);
  return workflowId === name ? { workflowId } : { workflowId, memo: { [NAME_MEMO]: name } };
}

/** The full name of a listed or described workflow: its id, unless that is shortened. */
export function workflowName(of: {
  readonly workflowId: string;
  readonly memo?: Readonly<Record<string, unknown>>;
}): string {
  const name = of.memo?.[NAME_MEMO];
  return typeof name === 'string' ? name : of.workflowId;
}

const KINDS = [
  'build',
  'action',
  'repository',
  'repository-request',
  'project',
  'resign',
  'change-storage',
  'prune',
  'prune-all',
  'trash',
  'maintenance',
  'dispatcher',
] as const;

/** Kind of a workflow, whether or not its id is shortened; null for an id that is not ours. */
export function workflowKind(workflowId: string): (typeof KINDS)[number] | null {
  return KINDS.find((kind) => workflowId.startsWith(`${kind}/`)) ?? null;
}

/** Parts of a workflow's id or full name; null for one that is not ours, and for a shortened id. */
export function parseWorkflowId(
  workflowId: string,
):
  | { readonly kind: 'build'; readonly taskId: string }
  | { readonly kind: 'action'; readonly actionId: number }
  | { readonly kind: 'repository'; readonly repository: RepositoryId }
  | { readonly kind: 'project'; readonly project: ProjectId }
  | { readonly kind: 'change-storage'; readonly project: ProjectId }
  | { readonly kind: 'resign'; readonly target: { readonly owner: string; readonly dirname: string } }
  | { readonly kind: 'prune'; readonly storage: string }
  | { readonly kind: 'dispatcher'; readonly of: 'builds' | 'actions' }
  | null {
  if (workflowId === BUILD_DISPATCHER_ID) return { kind: 'dispatcher', of: 'builds' };
  if (workflowId === ACTION_DISPATCHER_ID) return { kind: 'dispatcher', of: 'actions' };
  if (isShortened(workflowId)) return null;
  const [kind, ...rest] = workflowId.split('/');
  const [first, second, third] = rest;
  if (kind === 'build' && first && rest.length === 1) return { kind, taskId: first };
  if (kind === 'action' && first && rest.length === 1 && /^\d+$/.test(first)) return { kind, actionId: Number(first) };
  if (kind === 'repository' && first && second && third && rest.length === 3)
    return { kind, repository: { owner: first, dirname: second, chroot: third } };
  if (kind === 'project' && first && second && rest.length === 2)
    return { kind, project: { owner: first, project: second } };
  if (kind === 'change-storage' && first && second && rest.length === 2)
    return { kind, project: { owner: first, project: second } };
  if (kind === 'resign' && first && second && (rest.length === 2 || (rest.length === 3 && /^\d+$/.test(third ?? ''))))
    return { kind, target: { owner: first, dirname: second } };
  if (kind === 'prune' && first && rest.length === 1) return { kind, storage: first };
  return null;
}
