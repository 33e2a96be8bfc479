import { projectWorkflowId, type ProjectId } from '../../contracts/names/ids.js';
import { underLock, projectOf, type Wanted } from '../project/project-lock.js';
import type { ActionContext } from './execution.js';

/** Runs `work` with the action's locks on all the projects; until it has them, `status` names whom it waits for. */
export function underLocksOf<T>(
  context: ActionContext,
  wanted: readonly Wanted[],
  purpose: string,
  work: () => Promise<T>,
): Promise<T> {
  const { activities, answers, input, waitFor } = context;
  const projects: readonly ProjectId[] = wanted.map(projectOf);
  waitFor({
    reason: 'lock',
    detail: projects.map(({ owner, project }) => `${owner}/${project}`).join(', '),
    on: projects.map(projectWorkflowId),
  });
  return underLock({ activities, answers, resend: input.durations.resend }, wanted, purpose, () => {
    waitFor(null);
    return work();
  });
}
