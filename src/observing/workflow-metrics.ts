import type { Metrics } from './metrics.js';
import type { WorkflowHealth } from './workflow-health.js';

/** Sets which workflows fail their tasks; without checks there are no numbers instead of zeros. */
export function collectWorkflows({ failingWorkflows, workflowLookTime }: Metrics, health: WorkflowHealth): void {
  failingWorkflows.reset();
  workflowLookTime.remove();
  for (const [type, count] of health.counts() ?? []) failingWorkflows.set({ type }, count);
  const at = health.lookedAt();
  if (at !== null) workflowLookTime.set(at / 1000);
}
