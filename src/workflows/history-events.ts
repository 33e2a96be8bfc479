import type { ActivateInput, ConcludeActivationInput } from '@temporalio/workflow';

/** One item of an activation. */
export type Job = NonNullable<ActivateInput['activation']['jobs']>[number];
/** A command of the workflow. */
export type Command = ConcludeActivationInput['commands'][number];
/** Kinds of jobs and of commands that carry a number, by the name of their field. */
export type Numbered =
  | 'scheduleActivity'
  | 'startTimer'
  | 'signalExternalWorkflowExecution'
  | 'requestCancelExternalWorkflowExecution'
  | 'requestCancelActivity'
  | 'cancelTimer'
  | 'resolveActivity'
  | 'fireTimer'
  | 'resolveSignalExternalWorkflow'
  | 'resolveRequestCancelExternalWorkflow';

/** Scheduled, started, completed: the events that every workflow task adds. */
export const EVENTS_OF_A_TASK = 3;

/**
 * The least number of events that lead to these jobs: a successful activity was started, any other may never have been.
 */
export function eventsOfJobs(jobs: readonly Job[]): number {
  return jobs.reduce((sum, job) => {
    if (job.notifyHasPatch != null || job.updateRandomSeed != null) return sum;
    return sum + (job.resolveActivity?.result?.completed != null ? 2 : 1);
  }, 0);
}

/**
 * Number of events that these commands of one workflow task become; whatever is begun and canceled in the same task is
 * never sent.
 */
export function eventsOfCommands(commands: readonly Command[]): number {
  const begun = new Set([
    ...numbersOf('startTimer', commands).map((seq) => `timer ${seq}`),
    ...numbersOf('scheduleActivity', commands).map((seq) => `activity ${seq}`),
  ]);
  const undone = [
    ...numbersOf('cancelTimer', commands).map((seq) => `timer ${seq}`),
    ...numbersOf('requestCancelActivity', commands).map((seq) => `activity ${seq}`),
  ].filter((one) => begun.has(one));
  return commands.length - 2 * undone.length;
}

/** Numbers of the jobs or commands of a kind. */
export function numbersOf(kind: Numbered, all: readonly (Job | Command)[]): readonly number[] {
  return all.flatMap((one) => {
    const of: unknown = Reflect.get(one, kind);
    return typeof of === 'object' && of !== null && 'seq' in of && typeof of.seq === 'number' ? [of.seq] : [];
  });
}
