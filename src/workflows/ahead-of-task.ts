import type { WorkflowInterceptors } from '@temporalio/workflow';
import { ASK_AGAIN } from '../contracts/messages.js';
import { EVENTS_OF_A_TASK, eventsOfCommands, eventsOfJobs, numbersOf } from './history-events.js';
import type { Command, Job, Numbered } from './history-events.js';

/** Position of an activation in the history. */
type Place = {
  /** Number of the latest event. */
  readonly events: number;
  /** Size and time of the history as of the last started workflow task; no size: the server does not count it. */
  readonly size: string;
  readonly time: string;
};

/** Id of a query that comes alone; one that comes with a workflow task has another. */
const BY_ITSELF = 'legacy_query';
/** The job that reports the end of each command. */
const ENDS: readonly (readonly [command: Numbered, end: Numbered])[] = [
  ['scheduleActivity', 'resolveActivity'],
  ['startTimer', 'fireTimer'],
  ['signalExternalWorkflowExecution', 'resolveSignalExternalWorkflow'],
  ['requestCancelExternalWorkflowExecution', 'resolveRequestCancelExternalWorkflow'],
];

/**
 * Rejects a workflow task whose code has run on a course that a replay would not repeat. A query that reaches a worker
 * without the workflow in its cache brings the latest events along, and the code processes them ahead of the task. If
 * more events come before the task begins, the code would process those later, while every replay processes all of them
 * at once, signals first. That is a different execution, however carefully the workflow is written. So such a task is
 * failed once, before it has done anything: the server hands it out again at once, and the code starts over from the
 * history. If no more events came, the early execution equals the replay. Both bundles contain this. How a query ahead
 * is recognised (docs/determinism.md, "A query ahead of the task"):
 *
 * - The time and the size of the history are still those of the last task: the query was ahead.
 * - They are new, and a query that comes alone follows the first new events that this code was given: either those came
 *   with a task, or another worker has the task. Only a task sends commands: so it was one if the end of one of its
 *   commands arrives.
 * - There are also events that neither the last task nor the new events explain: another worker had the task and failed
 *   or died. Then the server may have sent an event that is not recorded yet, and the SDK would skip the real one with
 *   its number, unseen. Therefore the query is refused, which makes the code start over; a repeated query is answered.
 */
export function interceptors(): WorkflowInterceptors {
  let last: Place | null = null;
  let isAhead = false;
  let hasSeenNews = false;
  /** Commands since `last`. */
  let commands: Command[] = [];
  /** The first new events, as long as nothing has followed them. */
  let first: { readonly isPlain: boolean } | null = null;
  /** Commands of the first new events, once a query has made them suspect. */
  let suspect: readonly Command[] | null = null;

  /** Before anything is done. */
  function lookAt(place: Place, jobs: readonly Job[], isReplaying: boolean): void {
    if (last !== null && place.events > last.events) {
      if (isAhead) throw new Error('a query was ahead of this task: begun again from the history');
      if (suspect !== null && !endsOneOf(suspect, jobs))
        throw new Error('a query may have been ahead of this task: begun again from the history');
      const explained = last.events + EVENTS_OF_A_TASK + eventsOfCommands(commands) + eventsOfJobs(jobs);
      first = isReplaying || hasSeenNews ? null : { isPlain: place.events === explained };
      isAhead = !isReplaying && place.size !== '0' && place.size === last.size && place.time === last.time;
      suspect = null;
      commands = [];
    }
    hasSeenNews ||= !isReplaying;
    last = place;
  }

  function lookAtQuery(isByItself: boolean): void {
    if (isByItself && first !== null && !isAhead) {
      if (!first.isPlain) throw new Error(ASK_AGAIN);
      suspect ??= commands;
    }
    first = null;
  }

  return {
    internals: [
      {
        activate(input, next) {
          const { historyLength, historySizeBytes, timestamp, isReplaying } = input.activation;
          const jobs = input.activation.jobs ?? [];
          const queries = jobs.flatMap(({ queryWorkflow }) => queryWorkflow ?? []);
          if (queries.length > 0) lookAtQuery(queries.every(({ queryId }) => queryId === BY_ITSELF));
          else {
            const size = String(historySizeBytes ?? 0);
            const time = `${String(timestamp?.seconds)}.${String(timestamp?.nanos)}`;
            lookAt({ events: historyLength ?? 0, size, time }, jobs, isReplaying === true);
          }
          next(input);
        },
        concludeActivation(input, next) {
          const output = next(input);
          commands.push(...output.commands.filter(({ respondToQuery }) => respondToQuery == null));
          return output;
        },
      },
    ],
  };
}

function endsOneOf(commands: readonly Command[], jobs: readonly Job[]): boolean {
  return ENDS.some(([command, end]) => {
    const begun = numbersOf(command, commands);
    return numbersOf(end, jobs).some((seq) => begun.includes(seq));
  });
}
