import type { Client } from '@temporalio/client';

/** What the histories of some workflows cost, the largest of each. */
export type HistoryCost = {
  readonly events: number;
  readonly bytes: number;
  /** Remote activities; local ones leave markers only. */
  readonly activities: number;
};

const AT_ONCE = 8;

/** Reads the histories of the last runs of these workflows. */
export async function largestHistories(client: Client, workflowIds: readonly string[]): Promise<HistoryCost> {
  let largest: HistoryCost = { events: 0, bytes: 0, activities: 0 };
  const left = [...workflowIds];
  const work = async (): Promise<void> => {
    for (let id = left.pop(); id !== undefined; id = left.pop()) {
      const cost = await historyCost(client, id);
      largest = {
        events: Math.max(largest.events, cost.events),
        bytes: Math.max(largest.bytes, cost.bytes),
        activities: Math.max(largest.activities, cost.activities),
      };
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return largest;
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
