import { ActivityFailure, ApplicationFailure, TimeoutFailure } from '@temporalio/workflow';
import {
  failureActor,
  isFailureCode,
  MACHINE_FAILURES,
  type FailureFact,
} from '../contracts/failures/failure-codes.js';
import { canceledText } from '../contracts/failures/failure-text.js';
import { wasCanceled } from './was-canceled.js';

/**
 * Codes of failures of the machine, not of the package: the build moves on to another machine
 * (docs/neighbours/builder.md#machines-that-fail).
 */
const ANOTHER_BUILDER = new Set<string>([...MACHINE_FAILURES, 'TicketUnusable', 'NoSuchPool']);

/** The code and line of an activity's failure. Anything unforeseen counts as a defect and is named as one. */
export function failureFact(error: unknown): FailureFact {
  if (wasCanceled(error)) return { code: 'Canceled', message: canceledText() };
  const failure = error instanceof ActivityFailure ? error.cause : error;
  if (failure instanceof ApplicationFailure && isFailureCode(failure.type)) {
    return { code: failure.type, message: failure.message };
  }
  const activity = error instanceof ActivityFailure ? `${error.activityType}: ` : '';
  if (failure instanceof TimeoutFailure) {
    return { code: 'BackendDefect', message: `${activity}no worker finished it in time (${failure.message})` };
  }
  const message = failure instanceof Error ? failure.message : String(failure);
  return { code: 'BackendDefect', message: `${activity}${message}` };
}

/** True when the same package deserves another machine. */
export function deservesAnotherBuilder(fact: FailureFact): boolean {
  return ANOTHER_BUILDER.has(fact.code) && failureActor(fact.code) === 'builder';
}
