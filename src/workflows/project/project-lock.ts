import { CancellationScope, getExternalWorkflowHandle, workflowInfo } from '@temporalio/workflow';
import type { Activities } from '../../contracts/activities.js';
import { projectWorkflowId, type ProjectId } from '../../contracts/names/ids.js';
import { lockReleasedSignal } from '../../contracts/messages.js';
import type { Answers } from '../answers.js';

/**
 * A project whose lock is wanted; `shared`: its directories are only read, and others may read them at the same time.
 */
export type Wanted = ProjectId | { readonly project: ProjectId; readonly shared: true };

export function projectOf(wanted: Wanted): ProjectId {
  return 'shared' in wanted ? wanted.project : wanted;
}

/**
 * Runs `work` while this workflow holds its locks on all the projects, and at no other time. Locks, shared ones too,
 * are requested one after the other in the order of their names, so that two workflows never deadlock; they are
 * released however `work` ends.
 */
export async function underLock<T>(
  deps: {
    readonly activities: Pick<Activities, 'requestLock'>;
    readonly answers: Answers;
    readonly resend: number;
    /** Distinguishes several locks of one run. */
    readonly round?: number;
  },
  projects: readonly Wanted[],
  purpose: string,
  work: () => Promise<T>,
): Promise<T> {
  const asked: { project: ProjectId; requestId: string }[] = [];
  const ordered = [...new Map(projects.map((one) => [projectWorkflowId(projectOf(one)), one]))].sort(
    ([one], [other]) => (one < other ? -1 : 1),
  );
  try {
    for (const [id, one] of ordered) {
      const requestId = `${workflowInfo().runId}/lock${deps.round ?? ''}/${id}`;
      const wanted = 'shared' in one ? one : { project: one };
      asked.push({ project: wanted.project, requestId });
      await deps.answers.ask(
        [requestId],
        () => deps.activities.requestLock({ requestId, ...wanted, purpose }),
        deps.resend,
      );
    }
    return await work();
  } finally {
    await CancellationScope.nonCancellable(() => Promise.all(asked.map(giveBack)));
  }
}

async function giveBack(lock: { readonly project: ProjectId; readonly requestId: string }): Promise<void> {
  try {
    const handle = getExternalWorkflowHandle(projectWorkflowId(lock.project));
    await handle.signal(lockReleasedSignal, { requestId: lock.requestId });
  } catch {
    // The project's workflow is over, so there is no lock to release.
  }
}
