import { activityInfo } from '@temporalio/activity';

/** Number of activities remembered; beyond it, those that failed longest ago are forgotten. */
const REMEMBERED = 10_000;

/**
 * Consecutive failures of activities, as seen by this process. The server's attempt number also counts attempts that
 * ended with their worker, which says nothing about a build that outlived ten restarts. A new process knows of no
 * failures, so it begins with short pauses again.
 */
export class FailuresInARow {
  readonly #counts = new Map<string, number>();

  /** Records another failure of the current activity; returns how many there are now. */
  add(): number {
    const key = currentActivity();
    const count = (this.#counts.get(key) ?? 0) + 1;
    this.#counts.delete(key);
    this.#counts.set(key, count);
    const [oldest] = this.#counts.keys();
    if (this.#counts.size > REMEMBERED && oldest !== undefined) this.#counts.delete(oldest);
    return count;
  }

  /** The current activity has ended. */
  forget(): void {
    this.#counts.delete(currentActivity());
  }
}

/** Unique in this namespace. */
function currentActivity(): string {
  const { workflowExecution, activityId } = activityInfo();
  return `${workflowExecution?.runId ?? ''}/${activityId}`;
}
