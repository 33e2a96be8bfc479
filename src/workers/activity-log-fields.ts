import type { Context } from '@temporalio/activity';
import type { ActivityInterceptors } from '@temporalio/worker';
import type { Activities } from '../contracts/activities.js';
import type { BuildStage } from '../contracts/build.js';
import { parseWorkflowId } from '../contracts/ids.js';
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
  deliverResults: 'installing',
  finishBuild: 'reporting',
};

/**
 * Every line that is logged while an activity runs, by whatever it calls, says for what: workflow, task, activity,
 * attempt, and the stage of a build. The SDK's own lines about the activity too.
 */
export function activityLogFields(context: Pick<Context, 'info'>): ActivityInterceptors {
  const { workflowExecution, activityType, attempt } = context.info;
  const workflowId = workflowExecution?.workflowId;
  const work = {
    ...(workflowId === undefined ? {} : { workflowId, ...nameWork(workflowId) }),
    ...stageOf(activityType),
  };
  return {
    inbound: { execute: (input, next) => withLogFields({ ...work, activityType, attempt }, () => next(input)) },
    outbound: { getLogAttributes: (attributes, next) => next({ ...attributes, ...work }) },
  };
}

function nameWork(workflowId: string): Readonly<Record<string, unknown>> {
  const work = parseWorkflowId(workflowId);
  switch (work?.kind) {
    case 'build':
      return { taskId: work.taskId };
    case 'action':
      return { actionId: work.actionId };
    case 'repository':
      return { repository: `${work.repository.owner}/${work.repository.dirname}/${work.repository.chroot}` };
    case 'project':
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

function stageOf(activityType: string): Readonly<Record<string, unknown>> {
  const stages: Readonly<Record<string, BuildStage | undefined>> = STAGES;
  const stage = Object.hasOwn(stages, activityType) ? stages[activityType] : undefined;
  return stage === undefined ? {} : { stage };
}
