import { isShortened } from '../contracts/names/bounded-id.js';
import { actionWorkflowId, buildWorkflowId, parseWorkflowId, workflowKind } from '../contracts/names/ids.js';
import { parseTaskId } from '../domain/build/build-directory.js';

/** One build or action, as a person names it. */
export type TaskReference = {
  readonly kind: 'build' | 'action';
  /** `5-fedora-42-x86_64`, `5`, `7`. */
  readonly task: string;
  readonly workflowId: string;
};

/** `5` (a source build), `5-fedora-42-x86_64`, `action/7`, or a workflow id or name; null for anything else. */
export function parseTaskReference(text: string): TaskReference | null {
  // A shortened id does not reveal its task, but its workflow.
  if (isShortened(text) && workflowKind(text) === 'build') return { kind: 'build', task: text, workflowId: text };
  const id = parseWorkflowId(text);
  if (id?.kind === 'action') return actionReference(id.actionId);
  const taskId = id?.kind === 'build' ? id.taskId : text;
  if (parseTaskId(taskId) === null) return null;
  return { kind: 'build', task: taskId, workflowId: buildWorkflowId(taskId) };
}

/** An action by its number. */
export function actionReference(id: number): TaskReference {
  return { kind: 'action', task: String(id), workflowId: actionWorkflowId(id) };
}
