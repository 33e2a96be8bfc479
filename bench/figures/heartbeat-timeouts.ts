import type { Client } from '@temporalio/client';
import pMap from 'p-map';

/** TIMEOUT_TYPE_HEARTBEAT of temporal.api.enums.v1. */
const HEARTBEAT = 4;
const AT_ONCE = 16;

type Attempted = {
  readonly attempt?: number | null;
  readonly lastFailure?: { readonly timeoutFailureInfo?: { readonly timeoutType?: number | null } | null } | null;
};

/**
 * Number of attempts of these workflows' activities that were lost because a heartbeat did not come in time. For an
 * activity that has ended, the history has the last attempt's number and why the one before failed.
 */
export async function countHeartbeatTimeouts(client: Client, workflowIds: readonly string[]): Promise<number> {
  const lost = await pMap(
    workflowIds,
    async (id) => {
      const handle = client.workflow.getHandle(id);
      const [{ raw }, { events }] = await Promise.all([handle.describe(), handle.fetchHistory()]);
      const ended = (events ?? []).flatMap(({ activityTaskStartedEventAttributes: started }) => started ?? []);
      return [...(raw.pendingActivities ?? []), ...ended].reduce((sum, attempted) => sum + lostAttempts(attempted), 0);
    },
    { concurrency: AT_ONCE },
  );
  return lost.reduce((sum, count) => sum + count, 0);
}

function lostAttempts({ attempt, lastFailure }: Attempted): number {
  return lastFailure?.timeoutFailureInfo?.timeoutType === HEARTBEAT ? (attempt ?? 1) - 1 : 0;
}
