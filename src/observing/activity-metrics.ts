import type { Context } from '@temporalio/activity';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { ActivityInterceptors } from '@temporalio/worker';
import type { PollActivities } from '../contracts/activities.js';
import { DETACHED } from '../contracts/detached.js';
import type { Metrics } from './metrics.js';
import { waitedFor, type OutsideSystem } from '../contracts/failures/outside-systems.js';
import type { Waits } from './waits.js';

/** Activities whose work is to wait, and for whom. */
const WAITING: Readonly<Record<string, OutsideSystem | undefined>> = { acquireBuilder: 'builder' };

/** Polls of the frontend: the observer's `lookFailed` reports that the dispatcher waits for it. */
const LOOKS: readonly string[] = ['pollTasks'] satisfies readonly (keyof PollActivities)[];

/** Tickets held by the activities under way: `wanted` has no builder yet. */
export class TicketsHeld {
  readonly #held = new Map<string, 'wanted' | 'used'>();

  begin(key: string, activity: string, input: unknown): void {
    if (activity === 'acquireBuilder') this.#held.set(key, 'wanted');
    else if (namesTicket(input)) this.#held.set(key, 'used');
  }

  end(key: string): void {
    this.#held.delete(key);
  }

  count(state: 'wanted' | 'used'): number {
    return [...this.#held.values()].filter((held) => held === state).length;
  }
}

/** Counts failed attempts, and tracks waits and tickets; does not affect the activity. */
export function createActivityMetrics(deps: {
  readonly metrics: Metrics;
  readonly waits: Waits;
  readonly tickets: TicketsHeld;
}): (context: Pick<Context, 'info'>) => ActivityInterceptors {
  const { metrics, waits, tickets } = deps;
  return ({ info }) => ({
    inbound: {
      execute: async (input, next) => {
        const { activityType } = info;
        const key = `${info.workflowExecution?.runId ?? ''}/${info.activityId}`;
        const since = info.scheduledTimestampMs;
        const system = WAITING[activityType];
        if (system !== undefined) waits.begin(key, system, since);
        else waits.resume(key);
        tickets.begin(key, activityType, input.args[0]);
        try {
          const result: unknown = await next(input);
          waits.end(key);
          return result;
        } catch (error) {
          waits.end(key);
          const { code, retryable } = describe(error);
          if (code !== null) metrics.activityFailures.inc({ activity: activityType, code });
          const waitsFor = code === null || LOOKS.includes(activityType) ? null : waitedFor(code);
          if (retryable && hasMoreAttempts(info) && waitsFor !== null) waits.pause(key, waitsFor, since);
          throw error;
        } finally {
          tickets.end(key);
        }
      },
    },
  });
}

/** Code null: not a failure, because the worker hands over or somebody canceled. */
function describe(error: unknown): { readonly code: string | null; readonly retryable: boolean } {
  if (error instanceof CancelledFailure) return { code: null, retryable: false };
  if (!(error instanceof ApplicationFailure)) return { code: 'BackendDefect', retryable: true };
  if (error.type === DETACHED) return { code: null, retryable: false };
  return { code: error.type ?? 'BackendDefect', retryable: error.nonRetryable !== true };
}

/** The server writes "any number" as 0. */
function hasMoreAttempts({ attempt, retryPolicy }: Context['info']): boolean {
  const most = retryPolicy?.maximumAttempts ?? 0;
  return most === 0 || attempt < most;
}

function namesTicket(input: unknown): boolean {
  if (typeof input !== 'object' || input === null) return false;
  return ('builder' in input && input.builder !== null) || 'ticket' in input;
}
