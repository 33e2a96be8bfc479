import { userInfo } from 'node:os';
import { WorkflowNotFoundError } from '@temporalio/client';
import type { LimitsSource } from '../contracts/dispatch/dispatch.js';
import { admissionQuery, limitsAdoptedSignal } from '../contracts/messages.js';
import { ACTION_DISPATCHER_ID, BUILD_DISPATCHER_ID } from '../contracts/names/ids.js';
import type { OpenClient } from './connect.js';
import { StarterFailure } from './starter-failure.js';
import { clientFailure } from './task-report.js';

const DISPATCHERS = [BUILD_DISPATCHER_ID, ACTION_DISPATCHER_ID] as const;

/** Whose limits a dispatcher had before; null: none. */
export type FormerLimits = { readonly dispatcher: string; readonly limitsFrom: LimitsSource | null };

/**
 * Makes the limits with this digest count from their poller's next poll on, if others count now; a rehearsal only
 * checks. Throws StarterFailure: `noAnswer` if no dispatcher runs, `temporalUnreachable`.
 */
export async function adoptLimits(
  { client }: OpenClient,
  { digest, isRehearsal }: { readonly digest: string; readonly isRehearsal: boolean },
): Promise<readonly FormerLimits[]> {
  const source = { poller: `config adopt by ${userInfo().username}`, digest, at: new Date().toISOString() };
  const before: FormerLimits[] = [];
  try {
    for (const dispatcher of DISPATCHERS) {
      const handle = client.workflow.getHandle(dispatcher);
      const { limitsFrom } = await handle.query(admissionQuery);
      before.push({ dispatcher, limitsFrom });
      if (limitsFrom?.digest !== digest && !isRehearsal) await handle.signal(limitsAdoptedSignal, source);
    }
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw clientFailure(error);
    throw new StarterFailure('noAnswer', 'no dispatcher runs: start a worker with the role poller or all', {
      cause: error,
    });
  }
  return before;
}
