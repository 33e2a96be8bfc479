/**
 * Workflow ids: business names, readable in the Web UI, made and parsed only here (docs/technical-description.md).
 * The id is the dedup: one task, one directory, one project has at most one running workflow.
 */

export const BUILD_DISPATCHER_ID = 'dispatcher/builds';
export const ACTION_DISPATCHER_ID = 'dispatcher/actions';

/** One directory of metadata: `<destdir>/<owner>/<dirname>/<chroot>`. */
export type RepositoryId = { readonly owner: string; readonly dirname: string; readonly chroot: string };

/** One project: the owner of keys and of work that spans several directories. */
export type ProjectId = { readonly owner: string; readonly project: string };

/** `build/<task_id>`; a task id is `<build id>` for sources and `<build id>-<chroot>` for RPMs (frontend.md §4). */
export function buildWorkflowId(taskId: string): string {
  return `build/${taskId}`;
}

/** `action/<id>`. */
export function actionWorkflowId(actionId: number): string {
  return `action/${actionId}`;
}

/** The workflow of a dispatcher's task; an action's task id is its number. */
export function taskWorkflowId(of: 'builds' | 'actions', taskId: string): string {
  return of === 'builds' ? buildWorkflowId(taskId) : actionWorkflowId(Number(taskId));
}

/** `repository/<owner>/<dirname>/<chroot>`. */
export function repositoryWorkflowId(id: RepositoryId): string {
  return `repository/${id.owner}/${id.dirname}/${id.chroot}`;
}

/** `repository-request/<uuid>`: a person's command asks a repository. */
export function repositoryRequestWorkflowId(uuid: string): string {
  return `repository-request/${uuid}`;
}

/** `project/<owner>/<project>`. */
export function projectWorkflowId(id: ProjectId): string {
  return `project/${id.owner}/${id.project}`;
}

/** `resign/<owner>/<dirname>`, and of the work of an action `resign/<owner>/<dirname>/<action>`. */
export function resignWorkflowId(of: { readonly owner: string; readonly dirname: string }, actionId?: number): string {
  return `resign/${of.owner}/${of.dirname}${actionId === undefined ? '' : `/${actionId}`}`;
}

/** `prune/<storage>`: one at a time in a results tree. */
export function pruneWorkflowId(storage: string): string {
  return `prune/${storage}`;
}

/** `trash/<storage>`. */
export function trashWorkflowId(storage: string): string {
  return `trash/${storage}`;
}

/** What a workflow id speaks of, or null for an id that is not ours. */
export function parseWorkflowId(
  workflowId: string,
):
  | { readonly kind: 'build'; readonly taskId: string }
  | { readonly kind: 'action'; readonly actionId: number }
  | { readonly kind: 'repository'; readonly repository: RepositoryId }
  | { readonly kind: 'project'; readonly project: ProjectId }
  | { readonly kind: 'resign'; readonly target: { readonly owner: string; readonly dirname: string } }
  | { readonly kind: 'prune'; readonly storage: string }
  | { readonly kind: 'dispatcher'; readonly of: 'builds' | 'actions' }
  | null {
  if (workflowId === BUILD_DISPATCHER_ID) return { kind: 'dispatcher', of: 'builds' };
  if (workflowId === ACTION_DISPATCHER_ID) return { kind: 'dispatcher', of: 'actions' };
  const [kind, ...rest] = workflowId.split('/');
  const [first, second, third] = rest;
  if (kind === 'build' && first && rest.length === 1) return { kind, taskId: first };
  if (kind === 'action' && first && rest.length === 1 && /^\d+$/.test(first)) return { kind, actionId: Number(first) };
  if (kind === 'repository' && first && second && third && rest.length === 3)
    return { kind, repository: { owner: first, dirname: second, chroot: third } };
  if (kind === 'project' && first && second && rest.length === 2)
    return { kind, project: { owner: first, project: second } };
  if (kind === 'resign' && first && second && (rest.length === 2 || (rest.length === 3 && /^\d+$/.test(third ?? ''))))
    return { kind, target: { owner: first, dirname: second } };
  if (kind === 'prune' && first && rest.length === 1) return { kind, storage: first };
  return null;
}
