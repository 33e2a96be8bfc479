import type { Context } from '@temporalio/activity';
import type { ActivityInterceptors } from '@temporalio/worker';
import type { Activities } from '../contracts/activities.js';
import type { BuildStage } from '../contracts/build/build.js';
import { parseWorkflowId, workflowKind, type ProjectId, type RepositoryId } from '../contracts/names/ids.js';
import { isShortened } from '../contracts/names/bounded-id.js';
import { withLogFields } from '../logging/log-context.js';

/** The stage of a build in which an activity runs; docs/technical-description.md has the table. */
const STAGES: Partial<Readonly<Record<keyof Activities, BuildStage>>> = {
  beginBuild: 'preparing',
  requestPrerequisites: 'waitingForRepository',
  acquireBuilder: 'waitingForBuilder',
  exchangeBuilder: 'waitingForBuilder',
  startRemoteBuild: 'starting',
  followBuild: 'building',
  downloadResults: 'downloading',
  signResults: 'signing',
  requestKey: 'signing',
  deliverResults: 'installing',
  finishBuild: 'reporting',
};

/**
 * Adds to every line logged during an activity, by any code that it calls, what the line is for: workflow, task,
 * activity, attempt, and the stage of a build. This includes the SDK's own lines about the activity.
 */
export function activityLogFields(context: Pick<Context, 'info'>): ActivityInterceptors {
  const { workflowExecution, activityType, attempt } = context.info;
  const workflowId = workflowExecution?.workflowId;
  let work = {
    ...(workflowId === undefined ? {} : { workflowId, ...fieldsOf(parseWorkflowId(workflowId)) }),
    ...(workflowId === undefined ? {} : stageOf(workflowId, activityType)),
  };
  return {
    inbound: {
      execute: (input, next) => {
        if (workflowId !== undefined) work = { ...fieldsOf(workByInput(workflowId, input.args[0])), ...work };
        return withLogFields({ ...work, activityType, attempt }, () => next(input));
      },
    },
    outbound: { getLogAttributes: (attributes, next) => next({ ...attributes, ...work }) },
  };
}

/** The parts of activities' inputs that name the work. */
type NamingInput = {
  readonly taskId?: string;
  readonly facts?: { readonly taskId: string } | null;
  readonly repository?: RepositoryId;
  readonly project?: ProjectId;
  readonly target?: { readonly owner: string; readonly dirname: string };
};

/** A shortened id does not name its work; the activity's input does. */
function workByInput(workflowId: string, input: unknown): ReturnType<typeof parseWorkflowId> {
  if (typeof input !== 'object' || input === null || !isShortened(workflowId)) return null;
  const { taskId, facts, repository, project, target } = input as NamingInput;
  const task = taskId ?? facts?.taskId;
  const kind = workflowKind(workflowId);
  if (kind === 'build' && task !== undefined) return { kind, taskId: task };
  if (kind === 'repository' && repository !== undefined) return { kind, repository };
  if (kind === 'project' && project !== undefined) return { kind, project };
  if (kind === 'change-storage' && project !== undefined) return { kind, project };
  if (kind === 'resign' && target !== undefined) return { kind, target };
  return null;
}

function fieldsOf(work: ReturnType<typeof parseWorkflowId>): Readonly<Record<string, unknown>> {
  switch (work?.kind) {
    case 'build':
      return { taskId: work.taskId };
    case 'action':
      return { actionId: work.actionId };
    case 'repository':
      return { repository: `${work.repository.owner}/${work.repository.dirname}/${work.repository.chroot}` };
    case 'project':
    case 'change-storage':
      return { project: `${work.project.owner}/${work.project.project}` };
    case 'resign':
      return { resign: `${work.target.owner}/${work.target.dirname}` };
    case 'prune':
      return { prune: work.storage };
    case 'dispatcher':
    case undefined:
      return {};
  }
}

function stageOf(workflowId: string, activityType: string): Readonly<Record<string, unknown>> {
  if (workflowKind(workflowId) !== 'build') return {};
  const stages: Readonly<Record<string, BuildStage | undefined>> = STAGES;
  const stage = Object.hasOwn(stages, activityType) ? stages[activityType] : undefined;
  return stage === undefined ? {} : { stage };
}
