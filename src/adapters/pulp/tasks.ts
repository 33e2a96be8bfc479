import type { z } from 'zod';
import { pause } from '../../backoff/pause.js';
import { PortFailure } from '../../ports/port-failure.js';
import { Accepted, Task } from './answers.js';
import type { PulpCall, PulpExchange } from './exchange.js';
import { refusal } from './exchange.js';
import { readAnswer } from './read-answer.js';

/**
 * Tasks that Pulp has accepted, by their purpose: a later attempt of the same work polls them instead of
 * submitting others. The memory has to outlive the attempt.
 */
export type TaskMemory = {
  readonly remembered: (step: string) => string | undefined;
  /** Null: the task has ended, and its outcome was looked at. */
  readonly remember: (step: string, href: string | null) => void;
};

/** A memory for work that nobody repeats. */
export const NO_MEMORY: TaskMemory = { remembered: () => undefined, remember: () => undefined };

/**
 * How a task ended. Only `completed` says that all was done; `canceled` and `failed` do not say that nothing was: a
 * task canceled midway may have made what it was to make.
 */
export type TaskEnd = {
  readonly state: 'completed' | 'failed' | 'canceled' | 'forgotten';
  /** Hrefs of what it made. */
  readonly created: readonly string[];
  /** In Pulp's words; for people. */
  readonly why: string;
};

/** One piece of work at Pulp: the request for it, its name in the memory, and who watches. */
export type TaskWatch = {
  readonly memory: TaskMemory;
  readonly signal?: AbortSignal | undefined;
  /** Called after each look at a task that has not ended. */
  readonly onPoll?: ((step: string) => void) | undefined;
};

const FIRST_PAUSE_MS = 100;
const MAX_PAUSE_MS = 1000;
const ENDED = ['completed', 'failed', 'canceled', 'skipped'];

/**
 * Submits a request that Pulp answers with a task, and waits for its end; a task that is remembered is waited for
 * instead. The href is remembered before anything else happens. The caller looks at the outcome, then forgets it.
 * Rejects with `PulpUnavailable` (the task runs on), `PulpRefused`, or the signal's reason.
 */
export async function runTask(
  exchange: PulpExchange,
  step: string,
  call: PulpCall,
  watch: TaskWatch,
): Promise<TaskEnd> {
  const known = watch.memory.remembered(step);
  if (known !== undefined) return endOfTask(exchange, step, known, watch);
  const { value } = await exchange.get({ ...call, signal: watch.signal });
  const { task } = readAnswer(Accepted, value, `${call.method} ${call.to}`);
  watch.memory.remember(step, task);
  // No task has ended as soon as it is accepted.
  await pause(FIRST_PAUSE_MS, ...(watch.signal === undefined ? [] : [watch.signal]));
  watch.signal?.throwIfAborted();
  return endOfTask(exchange, step, task, watch);
}

/** Waits for the end of a task that Pulp accepted. Failures as runTask. */
export async function endOfTask(
  exchange: PulpExchange,
  step: string,
  href: string,
  watch: TaskWatch,
): Promise<TaskEnd> {
  for (let wait = FIRST_PAUSE_MS * 1.5; ; wait = Math.min(wait * 1.5, MAX_PAUSE_MS)) {
    const answer = await exchange.ask({ method: 'GET', to: href, signal: watch.signal });
    // Pulp's administrators purge old tasks.
    if (answer.status === 404) return { state: 'forgotten', created: [], why: `Pulp no longer knows ${href}` };
    if (answer.status >= 300) throw refusal(`GET ${href}`, answer);
    const task = readAnswer(Task, answer.value, `GET ${href}`);
    if (ENDED.includes(task.state)) return endOf(href, task);
    watch.onPoll?.(step);
    await pause(wait, ...(watch.signal === undefined ? [] : [watch.signal]));
    watch.signal?.throwIfAborted();
  }
}

function endOf(href: string, task: z.output<typeof Task>): TaskEnd {
  const created = (task.created_resources ?? []).filter((one): one is string => one?.startsWith('/') === true);
  const why = task.error?.description ?? JSON.stringify(task.error ?? null);
  if (task.state === 'completed') return { state: 'completed', created, why: '' };
  // `skipped` has no meaning of its own here: nothing was done.
  return { state: task.state === 'canceled' ? 'canceled' : 'failed', created, why: `${href} ${task.state}: ${why}` };
}

/** The failure of a task that did not do its work: the next attempt submits it again. */
export function taskFailure(doing: string, { why }: TaskEnd): PortFailure {
  return new PortFailure('PulpTaskFailed', `${doing}: ${why}`);
}
