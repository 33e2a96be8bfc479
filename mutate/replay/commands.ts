import type { coresdk, temporal } from '@temporalio/proto';

type Command = coresdk.workflow_commands.IWorkflowCommand;
type HistoryEvent = temporal.api.history.v1.IHistoryEvent;
type Payload = temporal.api.common.v1.IPayload;
type RetryPolicy = temporal.api.common.v1.IRetryPolicy;

/** The commands of a workflow in one activation, and how many events of its history it knew then: those of one task. */
export type Activation = { readonly commands: readonly Command[]; readonly events: number };

/** Name, on the global object of the replaying process, of the function that is called with each `Activation`. */
export const COMMANDED = 'coprMutateCommanded';

/** Appended to a bundle: reports the workflows' commands to the replaying process. */
export const COMMAND_LOG = `{
  const { api } = __TEMPORAL__;
  const { activate, concludeActivation } = api;
  let events = 0;
  api.activate = (activation, batch) => {
    events = activation.historyLength;
    return activate(activation, batch);
  };
  api.concludeActivation = () => {
    const completion = concludeActivation();
    const { commands } = completion.successful;
    URL.constructor('return globalThis')().${COMMANDED}?.({ commands, events });
    return completion;
  };
}`;

/**
 * The first recorded command that the replay did not give, in the order of the history; null if it gave them all. The
 * SDK's replay compares kinds, names and ids. This also compares contents: inputs, results, time-outs, lengths of
 * timers.
 */
export function missingCommand(events: readonly HistoryEvent[], commands: readonly Command[]): string | null {
  const given = shownCommands(commands);
  let from = 0;
  for (const recorded of events.map(shownEvent)) {
    if (recorded === null) continue;
    const at = given.indexOf(recorded, from);
    if (at === -1) return recorded;
    from = at + 1; // commands in between had no effect: a timer that was canceled in the same activation
  }
  return null;
}

/**
 * The command that ended a run in an earlier task than the last one of its history; null if none did. The SDK's replay
 * lets such a run wait for the recorded end; a real workflow would be over, and would lose its work under way.
 */
export function earlyEnd(activations: readonly Activation[]): string | null {
  const last = activations.at(-1)?.events ?? 0;
  const early = activations
    .filter(({ events }) => events < last)
    .flatMap(({ commands }) => commands)
    .find(
      (command) =>
        command.completeWorkflowExecution ??
        command.failWorkflowExecution ??
        command.cancelWorkflowExecution ??
        command.continueAsNewWorkflowExecution,
    );
  return early === undefined ? null : shownCommand(early, new Map());
}

function shownCommands(commands: readonly Command[]): readonly (string | null)[] {
  const children = new Map<number, string>();
  for (const { startChildWorkflowExecution: child } of commands) {
    if (child) children.set(child.seq ?? 0, child.workflowId ?? '');
  }
  return commands.map((command) => shownCommand(command, children));
}

function shownCommand(command: Command, children: ReadonlyMap<number, string>): string | null {
  const {
    scheduleActivity: activity,
    startTimer: timer,
    startChildWorkflowExecution: child,
    cancelChildWorkflowExecution: childCancel,
    signalExternalWorkflowExecution: signal,
    requestCancelExternalWorkflowExecution: cancel,
    continueAsNewWorkflowExecution: anew,
    completeWorkflowExecution: completion,
    failWorkflowExecution: failed,
    cancelWorkflowExecution: canceled,
    upsertWorkflowSearchAttributes: upsert,
  } = command;
  if (activity)
    return shown('activity', ...activityParts(activity, activity.activityType, activity.taskQueue, activity.arguments));
  if (timer) return shown('timer', String(timer.seq), millis(timer.startToFireTimeout));
  if (child) {
    const { workflowId, workflowType, input, memo, searchAttributes } = child;
    return shown(
      'child',
      workflowId,
      workflowType,
      texts(input),
      fields(memo),
      fields(searchAttributes?.indexedFields),
    );
  }
  if (childCancel) return shown('cancel', children.get(childCancel.childWorkflowSeq ?? 0));
  if (signal) {
    const target = signal.workflowExecution?.workflowId ?? signal.childWorkflowId;
    return shown('signal', target, signal.signalName, texts(signal.args));
  }
  if (cancel) return shown('cancel', cancel.workflowExecution?.workflowId);
  if (anew) return shown('anew', anew.workflowType, texts(anew.arguments));
  if (completion) return shown('completed', texts(completion.result ? [completion.result] : []));
  if (failed) return shown('failed', failed.failure?.message, failed.failure?.applicationFailureInfo?.type);
  if (canceled) return shown('canceled');
  if (upsert) return shown('upsert', fields(upsert.searchAttributes?.indexedFields));
  return null;
}

function shownEvent(event: HistoryEvent): string | null {
  const {
    activityTaskScheduledEventAttributes: activity,
    timerStartedEventAttributes: timer,
    startChildWorkflowExecutionInitiatedEventAttributes: child,
    signalExternalWorkflowExecutionInitiatedEventAttributes: signal,
    requestCancelExternalWorkflowExecutionInitiatedEventAttributes: cancel,
    workflowExecutionContinuedAsNewEventAttributes: anew,
    workflowExecutionCompletedEventAttributes: completion,
    workflowExecutionFailedEventAttributes: failed,
    workflowExecutionCanceledEventAttributes: canceled,
    upsertWorkflowSearchAttributesEventAttributes: upsert,
  } = event;
  if (activity) {
    const { activityType, taskQueue, input } = activity;
    return shown('activity', ...activityParts(activity, activityType?.name, taskQueue?.name, input?.payloads));
  }
  if (timer) return shown('timer', timer.timerId, millis(timer.startToFireTimeout));
  if (child) {
    const { workflowId, workflowType, input, memo, searchAttributes } = child;
    const named = [fields(memo?.fields), fields(searchAttributes?.indexedFields)];
    return shown('child', workflowId, workflowType?.name, texts(input?.payloads), ...named);
  }
  if (signal)
    return shown('signal', signal.workflowExecution?.workflowId, signal.signalName, texts(signal.input?.payloads));
  if (cancel) return shown('cancel', cancel.workflowExecution?.workflowId);
  if (anew) return shown('anew', anew.workflowType?.name, texts(anew.input?.payloads));
  if (completion) return shown('completed', texts(completion.result?.payloads));
  if (failed) return shown('failed', failed.failure?.message, failed.failure?.applicationFailureInfo?.type);
  if (canceled) return shown('canceled');
  if (upsert) return shown('upsert', fields(upsert.searchAttributes?.indexedFields));
  return null;
}

/** The common fields of a command to schedule an activity and of its event. */
type ActivityBounds = Pick<
  temporal.api.history.v1.IActivityTaskScheduledEventAttributes,
  'activityId' | 'startToCloseTimeout' | 'scheduleToCloseTimeout' | 'heartbeatTimeout' | 'retryPolicy'
>;

function activityParts(
  bounds: ActivityBounds,
  type: string | null | undefined,
  queue: string | null | undefined,
  input: readonly Payload[] | null | undefined,
): readonly unknown[] {
  const times = [bounds.startToCloseTimeout, bounds.scheduleToCloseTimeout, bounds.heartbeatTimeout].map(millis);
  return [bounds.activityId, type, queue, texts(input), ...times, retryParts(bounds.retryPolicy)];
}

function retryParts(retry: RetryPolicy | null | undefined): readonly unknown[] | null {
  if (!retry) return null;
  return [
    millis(retry.initialInterval),
    retry.backoffCoefficient ?? 0,
    millis(retry.maximumInterval),
    retry.maximumAttempts ?? 0,
  ];
}

function shown(...parts: readonly unknown[]): string {
  return JSON.stringify(parts);
}

function millis(duration: { seconds?: unknown; nanos?: number | null } | null | undefined): number {
  return Number(duration?.seconds ?? 0) * 1000 + Math.round((duration?.nanos ?? 0) / 1e6);
}

function texts(payloads: readonly Payload[] | null | undefined): readonly string[] {
  return (payloads ?? []).map(({ data }) => Buffer.from(data ?? []).toString());
}

function fields(named: Readonly<Record<string, Payload>> | null | undefined): readonly (readonly string[])[] {
  return Object.keys(named ?? {})
    .sort()
    .map((name) => [name, ...texts([named?.[name] ?? {}])]);
}
