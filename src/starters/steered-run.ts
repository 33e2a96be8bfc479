import { setTimeout as sleep } from 'node:timers/promises';
import { userInfo } from 'node:os';
import { QueryNotRegisteredError, WorkflowNotFoundError, type WorkflowHandle } from '@temporalio/client';
import type { QueryDefinition } from '@temporalio/common';
import { isOpenStatus } from '../adapters/temporal/open-workflows.js';
import { pauseSignal } from '../contracts/messages.js';
import type { OpenClient } from './connect.js';
import { StarterFailure } from './starter-failure.js';

const LOOK_MS = 1000;
const QUERY_DEADLINE_MS = 8000;

/** A run that people pause, resume and follow: a prune, a re-signing, a move to Pulp. */
export type SteeredRun<S extends { readonly outcome: unknown }> = {
  readonly workflowId: string;
  /** Whose run it is, as messages name it: `jdoe/hello`. */
  readonly name: string;
  readonly status: QueryDefinition<S>;
  /** The message if there is no such run. */
  readonly nothingRuns: string;
};

/** Receives what `followRun` sees. */
export type RunListener<S> = {
  readonly moved: (status: S) => void;
  /** Called once for each time without workers. */
  readonly unanswered: (failure: StarterFailure) => void;
};

/** Pauses the run after the step under way, by the user of this process, or resumes it. Throws StarterFailure `notFound`. */
export function pauseRun(
  open: OpenClient,
  run: SteeredRun<{ outcome: unknown }>,
  what: 'pause' | 'resume',
): Promise<void> {
  return steerRun(open, run, (handle) =>
    handle.signal(pauseSignal, { by: what === 'pause' ? userInfo().username : null }),
  );
}

/** Sends the run what `send` sends. Throws StarterFailure `notFound`, also if it has ended. */
export async function steerRun(
  { client }: OpenClient,
  { workflowId, nothingRuns }: SteeredRun<{ outcome: unknown }>,
  send: (handle: WorkflowHandle) => Promise<unknown>,
): Promise<void> {
  try {
    await send(client.workflow.getHandle(workflowId));
  } catch (error) {
    throw error instanceof WorkflowNotFoundError ? notFound(nothingRuns, error) : error;
  }
}

/** The progress of the run, or the end of the last one. Throws StarterFailure: `notFound`, `noAnswer`. */
export async function askRun<S extends { readonly outcome: unknown }>(
  { client }: OpenClient,
  { workflowId, name, status, nothingRuns }: SteeredRun<S>,
): Promise<S> {
  const handle = client.workflow.getHandle(workflowId);
  try {
    return await client.withDeadline(Date.now() + QUERY_DEADLINE_MS, () => handle.query(status));
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) throw notFound(nothingRuns, error);
    if (error instanceof QueryNotRegisteredError)
      throw new StarterFailure('noAnswer', `${name} has not begun yet, or was ended within a step`, { cause: error });
    throw new StarterFailure(
      'noAnswer',
      `${name}: no worker answers; is \`copr-backend worker build\` or \`worker all\` running? It goes on when one does.`,
      { cause: error },
    );
  }
}

/**
 * Asks the run every second until it has ended or `isEnough`, and returns the last status. Workers may come and go
 * meanwhile. Throws StarterFailure: `notFound`; `endedEarly` for a run that was ended before its work was done.
 */
export async function followRun<S extends { readonly outcome: unknown }>(
  open: OpenClient,
  run: SteeredRun<S>,
  listener: RunListener<S>,
  isEnough: (status: S) => boolean = () => false,
): Promise<S> {
  let answered = true;
  for (;;) {
    // First, so that a run which ends between the two is asked once more.
    const ended = await endOf(open, run);
    const answer = await answerOf(open, run);
    if (answer instanceof StarterFailure) {
      if (answered) listener.unanswered(answer);
    } else {
      listener.moved(answer);
      if (answer.outcome !== null || isEnough(answer)) return answer;
    }
    answered = !(answer instanceof StarterFailure);
    if (ended !== null && (answered || isRefused(answer)))
      throw new StarterFailure('endedEarly', `${run.name} ended before its work was done: ${ended}`);
    await sleep(LOOK_MS);
  }
}

/** A run that was ended within a step refuses every query; without workers nobody knows how far it came. */
function isRefused(answer: unknown): boolean {
  return answer instanceof StarterFailure && answer.cause instanceof QueryNotRegisteredError;
}

/** Null: it has not ended. */
async function endOf({ client }: OpenClient, run: SteeredRun<{ outcome: unknown }>): Promise<string | null> {
  try {
    const { name } = (await client.workflow.getHandle(run.workflowId).describe()).status;
    return isOpenStatus(name) || name === 'CONTINUED_AS_NEW' ? null : name.toLowerCase();
  } catch (error) {
    throw error instanceof WorkflowNotFoundError ? notFound(run.nothingRuns, error) : error;
  }
}

async function answerOf<S extends { readonly outcome: unknown }>(
  open: OpenClient,
  run: SteeredRun<S>,
): Promise<S | StarterFailure> {
  try {
    return await askRun(open, run);
  } catch (error) {
    if (error instanceof StarterFailure && error.reason === 'noAnswer') return error;
    throw error;
  }
}

function notFound(message: string, cause: Error): StarterFailure {
  return new StarterFailure('notFound', message, { cause });
}
