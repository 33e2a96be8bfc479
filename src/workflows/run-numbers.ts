import { workflowInfo } from '@temporalio/workflow';

/** Names for what one run asks for; the next run has others. */
export type RunNumbers = {
  /** Unique among all runs. */
  readonly newRequestId: () => string;
  /** 1, 2, …: of work that takes a lock again and again. */
  readonly newRound: () => number;
};

export function runNumbers(): RunNumbers {
  let requests = 0;
  let rounds = 0;
  return {
    newRequestId: () => `${workflowInfo().runId}/${(requests += 1)}`,
    newRound: () => (rounds += 1),
  };
}
