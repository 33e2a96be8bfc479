import assert from 'node:assert/strict';
import { Context } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import type { temporal } from '@temporalio/proto';

export type HistoryEvent = temporal.api.history.v1.IHistoryEvent;

/** Makes an activity wait, sending heartbeats meanwhile, until the history of its workflow meets a condition. */
export async function untilOwnHistory(
  client: Client,
  isSo: (events: readonly HistoryEvent[]) => boolean,
): Promise<void> {
  const context = Context.current();
  const { workflowExecution: run } = context.info;
  assert.ok(run);
  const handle = client.workflow.getHandle(run.workflowId, run.runId);
  while (!isSo((await handle.fetchHistory()).events ?? [])) {
    context.heartbeat();
    await context.sleep(20);
  }
}

/** True if an activity of this name has succeeded, and the workflow has processed that. */
export function hasTakenIn(events: readonly HistoryEvent[], activity: string): boolean {
  const scheduled = events.find((event) => event.activityTaskScheduledEventAttributes?.activityType?.name === activity);
  const ended = events.findIndex(
    ({ activityTaskCompletedEventAttributes: end }) =>
      end != null && String(end.scheduledEventId) === String(scheduled?.eventId),
  );
  return ended !== -1 && events.slice(ended).some((event) => event.workflowTaskCompletedEventAttributes != null);
}

/** Activities of this name that have failed for good, if the workflow has processed that. */
export function haveFailed(events: readonly HistoryEvent[], activity: string): number {
  const lastTask = events.findLastIndex((event) => event.workflowTaskCompletedEventAttributes != null);
  const known = events.slice(0, lastTask);
  const called = known.filter((event) => event.activityTaskScheduledEventAttributes?.activityType?.name === activity);
  const ids = new Set(called.map(({ eventId }) => String(eventId)));
  return known.filter(
    ({ activityTaskFailedEventAttributes: failed }) => failed != null && ids.has(String(failed.scheduledEventId)),
  ).length;
}
