import { ScheduleNotFoundError, WorkflowNotFoundError } from '@temporalio/client';
import { isOpenStatus } from '../adapters/temporal/open-workflows.js';
import { pruneScheduleId } from '../contracts/names/ids.js';
import type { Activities } from '../contracts/activities.js';
import type { SurveyProgress } from '../contracts/prune/prune.js';
import type { OpenClient } from './connect.js';
import { pendingActivities, surveyProgress, type PendingActivity } from './pending-activities.js';

/** Events of a workflow whose first workflow task is not done: started, scheduled, perhaps started by a worker. */
const EVENTS_BEFORE_PLANNING = 3;

/** A round of the Schedule of pruning that is planning: nothing has been removed. */
export type PlanningRound = {
  readonly stage: 'planning';
  readonly workflowId: string;
  /** ISO 8601 UTC; when the round began. */
  readonly since: string;
  /** Null: the survey has not begun, or waits for the frontend. */
  readonly surveyed: SurveyProgress | null;
  readonly lastFailure: PendingActivity['lastFailure'];
};

/** The round that is planning now, with the progress of its heartbeat; null if there is none. Needs no worker. */
export async function findPlanningRound({ client }: OpenClient, storage: string): Promise<PlanningRound | null> {
  for (const workflowId of await runningRounds(client, pruneScheduleId(storage))) {
    const description = await client.workflow
      .getHandle(workflowId)
      .describe()
      .catch((error: unknown) => {
        if (error instanceof WorkflowNotFoundError) return null;
        throw error;
      });
    if (description === null || !isOpenStatus(description.status.name)) continue;
    const survey = pendingActivities(description).find(
      ({ activity }) => activity === ('planPrune' satisfies keyof Activities),
    );
    if (survey === undefined && description.historyLength > EVENTS_BEFORE_PLANNING) continue;
    return {
      ...{ stage: 'planning', workflowId, since: description.startTime.toISOString() },
      ...{ surveyed: surveyProgress(description), lastFailure: survey?.lastFailure ?? null },
    };
  }
  return null;
}

async function runningRounds(client: OpenClient['client'], scheduleId: string): Promise<readonly string[]> {
  try {
    const { info } = await client.schedule.getHandle(scheduleId).describe();
    return info.runningActions.map(({ workflow }) => workflow.workflowId);
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return [];
    throw error;
  }
}
