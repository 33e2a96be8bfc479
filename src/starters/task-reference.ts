import { isShortened } from '../contracts/names/bounded-id.js';
import { actionWorkflowId, buildWorkflowId, parseWorkflowId, workflowKind } from '../contracts/names/ids.js';
import { parseTaskId } from '../domain/build/build-directory.js';
import { CommandError, EXIT_STATUS } from '../cli/exit-status.js';

/** One build or action, as a person names it. */
export type TaskReference = {
  readonly kind: 'build' | 'action';
  /** `5-fedora-42-x86_64`, `5`, `7`. */
  readonly task: string;
  readonly workflowId: string;
};

/** `5` (a source build), `5-fedora-42-x86_64`, `action/7`, or a workflow id or name; null for anything else. */
export function parseTaskReference(text: string): TaskReference | null {
  // Its task is not to be had from a shortened id, but its workflow is.
  if (isShortened(text) && workflowKind(text) === 'build') return { kind: 'build', task: text, workflowId: text };
  const id = parseWorkflowId(text);
  if (id?.kind === 'action')
    return { kind: 'action', task: String(id.actionId), workflowId: actionWorkflowId(id.actionId) };
  const taskId = id?.kind === 'build' ? id.taskId : text;
  if (parseTaskId(taskId) === null) return null;
  return { kind: 'build', task: taskId, workflowId: buildWorkflowId(taskId) };
}

/** The same for a command's argument: a wrong one ends the command. */
export function requireTaskReference(text: string): TaskReference {
  const reference = parseTaskReference(text);
  if (reference !== null) return reference;
  throw new CommandError(
    EXIT_STATUS.usage,
    `'${text}' names no task: give a source build (5), a build in a chroot (5-fedora-42-x86_64) or an action (action/7)`,
  );
}
