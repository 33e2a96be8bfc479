import { activityInfo } from '@temporalio/activity';

/** Activities that are remembered; of more, those that failed longest ago are forgotten. */
const REMEMBERED = 10_000;

/**
 * How often activities have failed in a row, by what this process has seen. The server's number of the attempt also
 * counts those that ended with their worker, and says nothing about the work of a build that outlived ten restarts.
 * A process that has just started knows of no failures: it begins with short pauses again.
 */
export class FailuresInARow {
  readonly #counts = new Map<string, number>();

  /** The current activity failed once more; how often it has by now. */
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
