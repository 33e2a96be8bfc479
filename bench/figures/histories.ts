import type { Client } from '@temporalio/client';
import pMap from 'p-map';

/** The size of some workflows' histories; each number is the largest. */
export type HistoryCost = {
  readonly events: number;
  readonly bytes: number;
  /** Remote activities; local ones leave only markers. */
  readonly activities: number;
};

const AT_ONCE = 8;

/** Reads the histories of the last runs of these workflows. */
export async function largestHistories(client: Client, workflowIds: readonly string[]): Promise<HistoryCost> {
  const costs = await pMap(workflowIds, (id) => historyCost(client, id), { concurrency: AT_ONCE });
  const largest = (of: keyof HistoryCost): number => costs.reduce((most, cost) => Math.max(most, cost[of]), 0);
  return { events: largest('events'), bytes: largest('bytes'), activities: largest('activities') };
}

async function historyCost(client: Client, workflowId: string): Promise<HistoryCost> {
  const handle = client.workflow.getHandle(workflowId);
  const [description, history] = await Promise.all([handle.describe(), handle.fetchHistory()]);
  const events = history.events ?? [];
  return {
    events: events.length,
    bytes: description.historySize ?? 0,
    activities: events.filter((event) => event.activityTaskScheduledEventAttributes != null).length,
  };
}
