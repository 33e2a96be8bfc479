import type { Client, WorkflowHandleWithFirstExecutionRunId, WorkflowStartOptions } from '@temporalio/client';
import type { SignalDefinition } from '@temporalio/common';
import type { Workflows, WorkflowType } from '../../contracts/workflows.js';

/** Options to start one of our workflows. */
export type StartOptions<T extends WorkflowType> = Omit<WorkflowStartOptions, 'args'> & {
  readonly input: Parameters<Workflows[T]>[0];
};

/**
 * Starts one of our workflows: its input and result have the types of `Workflows`.
 *
 * @throws WorkflowExecutionAlreadyStartedError if one runs and the options say to fail then
 */
export async function startWorkflow<T extends WorkflowType>(
  client: Client,
  type: T,
  { input, ...options }: StartOptions<T>,
): Promise<WorkflowHandleWithFirstExecutionRunId<Workflows[T]>> {
  const handle = await client.workflow.start(type, { ...options, args: [input] });
  return handle;
}

/** Signals one of our workflows, and starts it first if it is not running. */
export async function signalWithStartWorkflow<T extends WorkflowType, A>(
  client: Client,
  type: T,
  { input, signal, said, ...options }: StartOptions<T> & { readonly signal: SignalDefinition<[A]>; readonly said: A },
): Promise<void> {
  await client.workflow.signalWithStart(type, { ...options, args: [input], signal, signalArgs: [said] });
}
