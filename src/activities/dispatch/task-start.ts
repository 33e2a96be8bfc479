import { activityInfo } from '@temporalio/activity';
import pMap, { pMapSkip } from 'p-map';
import type { PollActivities, StartInput } from '../../contracts/activities.js';
import type { AdmittedTask, StartResult } from '../../contracts/dispatch/dispatch.js';
import { PortFailure } from '../../ports/port-failure.js';
import type { StartedTask } from '../../ports/dispatch/task-starter.js';
import type { ActivityDependencies } from '../dependencies.js';
import { stopped, withHeartbeat } from '../heartbeat.js';

/** Starts in parallel. */
const PARALLEL = 20;
/** Started tasks that a log line names; each has lines of its own, too. */
const NAMED = 20;
/** Maximum length of a refusal's text, for people. */
const MESSAGE_LENGTH = 500;

type Dependencies = Pick<ActivityDependencies, 'starter' | 'messages' | 'log'>;

/** Starts the tasks that the dispatchers have admitted. */
export function createStartActivities(deps: Dependencies): Pick<PollActivities, 'startTasks'> {
  const { starter, messages, log } = deps;
  return {
    startTasks: (input) =>
      withHeartbeat<null, StartResult>({ messages, remembersNothing: true }, async ({ signal }) => {
        const isRetry = activityInfo().attempt > 1;
        // Starts under way are awaited even if the attempt is stopped.
        const outcomes = await pMap(input.tasks, (task) => (signal.aborted ? pMapSkip : start(input, task, isRetry)), {
          concurrency: PARALLEL,
        });
        if (outcomes.length < input.tasks.length) throw stopped();
        const result = resultOf(outcomes);
        tell(input.of, result);
        return result;
      }),
  };

  function tell(of: StartInput['of'], { started, busy, refused }: StartResult): void {
    const counts = { started: started.length, busy: busy.length, refused: refused.length };
    const more = started.length > NAMED ? `, and ${started.length - NAMED} more` : '';
    log.info({ of, ...counts, tasks: started.slice(0, NAMED).join(', ') + more }, 'admitted tasks were started');
  }

  /** A refusal of one task affects no other. */
  async function start(input: StartInput, admitted: AdmittedTask, isRetry: boolean): Promise<StartedTask> {
    const { of, storage, durations } = input;
    const { task, again, ...facts } = admitted;
    try {
      return await starter.start({ of, task, ...facts, storage, durations, again: isRetry || again });
    } catch (error) {
      // The server is away: every other start would fail too, so the whole request is retried.
      if (error instanceof PortFailure && error.retryable) throw error;
      const message = (error instanceof Error ? error.message : String(error)).slice(0, MESSAGE_LENGTH);
      const code = error instanceof PortFailure ? error.code : 'BackendDefect';
      log.warn({ of, taskId: task.taskId, err: error }, 'a task cannot be started');
      return { taskId: task.taskId, is: 'refused', failure: { code, message } };
    }
  }
}

function resultOf(outcomes: readonly StartedTask[]): StartResult {
  const idsOf = (is: StartedTask['is']): readonly string[] =>
    outcomes.filter((outcome) => outcome.is === is).map(({ taskId }) => taskId);
  return {
    started: idsOf('started'),
    busy: idsOf('busy'),
    refused: outcomes.flatMap((outcome) =>
      outcome.is === 'refused' ? [{ taskId: outcome.taskId, failure: outcome.failure }] : [],
    ),
  };
}
