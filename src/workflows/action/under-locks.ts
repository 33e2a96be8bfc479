import { projectWorkflowId, type ProjectId } from '../../contracts/names/ids.js';
import { inTurn, projectOf, type Wanted } from '../project/project-lock.js';
import type { ActionContext } from './execution.js';

/** Runs `work` in the action's turn at all the projects; until it has come, `status` says who is waited for. */
export function inTurnOf<T>(
  context: ActionContext,
  wanted: readonly Wanted[],
  purpose: string,
  work: () => Promise<T>,
): Promise<T> {
  const { activities, answers, input, waitFor } = context;
  const projects: readonly ProjectId[] = wanted.map(projectOf);
  waitFor({
    reason: 'turn',
    detail: projects.map(({ owner, project }) => `${owner}/${project}`).join(', '),
    on: projects.map(projectWorkflowId),
  });
  return inTurn({ activities, answers, resend: input.durations.resend }, wanted, purpose, () => {
    waitFor(null);
    return work();
  });
}
