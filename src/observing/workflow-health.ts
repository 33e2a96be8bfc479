import { WORKFLOW_TYPES } from '../contracts/workflows.js';
import type { FailingLook, FailingWorkflow } from '../ports/failing-workflows.js';

/** Results older than this are no longer reported: then the checks themselves fail. */
const OLD_MS = 300_000;
const NAMED_IN_WARNING = 3;
/** Label of a workflow that is not ours. */
const OTHER = 'other';

/** Workflows that repeatedly fail their tasks, as of this process's last check. */
export class WorkflowHealth {
  #seen: { readonly look: FailingLook; readonly at: number } | null = null;
  #wholeAt: number | null = null;
  readonly #now: () => number;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  readonly seen = (look: FailingLook): void => {
    this.#seen = { look, at: this.#now() };
    if (look.missed === null) this.#wholeAt = this.#seen.at;
  };

  /** When the last complete check ended, in ms since the epoch; null: there was none. */
  lookedAt(): number | null {
    return this.#wholeAt;
  }

  /** Number of failing workflows by type; null if there was no recent check. */
  counts(): ReadonlyMap<string, number> | null {
    const found = this.#found();
    if (found === null) return null;
    const counts = new Map<string, number>([...WORKFLOW_TYPES, OTHER].map((type) => [type, 0]));
    for (const { type } of found) {
      const known = counts.has(type) ? type : OTHER;
      counts.set(known, (counts.get(known) ?? 0) + 1);
    }
    return counts;
  }

  /** One line that names some of them; none if all are healthy. */
  warnings(): readonly string[] {
    const found = this.#found() ?? [];
    if (found.length === 0) return [];
    const names = found.slice(0, NAMED_IN_WARNING).map(({ workflowId }) => workflowId);
    const more = found.length > names.length ? ` and ${found.length - names.length} more` : '';
    return [
      `workflow tasks fail again and again of ${names.join(', ')}${more}: \`copr-backend status\` says why and what to do`,
    ];
  }

  #found(): readonly FailingWorkflow[] | null {
    if (this.#seen === null || this.#now() - this.#seen.at > OLD_MS) return null;
    return this.#seen.look.found;
  }
}
