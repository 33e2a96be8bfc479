import { condition, setHandler } from '@temporalio/workflow';
import type { FailureFact } from '../../contracts/failures.js';
import { requestAnsweredSignal, requestDelayedSignal } from '../../contracts/messages.js';
import type { EventBudget } from '../../domain/event-budget.js';

/** How a request ended; a delay is the word of a held repository: it will be done on release. */
export type PruneAnswer = { readonly failure: FailureFact | null; readonly delay: string | null };

/** The answers of repositories to the steps of a prune run, which waits for none that an operator holds back. */
export class PruneAnswers {
  readonly #answers = new Map<string, PruneAnswer>();

  readonly #budget: EventBudget;

  /** `budget` counts what the waiting costs. */
  constructor(budget: EventBudget) {
    this.#budget = budget;
    setHandler(requestAnsweredSignal, ({ requestId, failure }) => {
      budget.spend('signal');
      this.#answers.set(requestId, { failure, delay: null });
    });
    setHandler(requestDelayedSignal, ({ requestId, waitingFor }) => {
      budget.spend('signal');
      if (this.#answers.has(requestId)) return;
      this.#answers.set(requestId, { failure: null, delay: `${waitingFor.reason}: ${waitingFor.detail}` });
    });
  }

  /** Null when it has not come in that time. An answer is given out once. */
  async wait(requestId: string, timeoutMs: number): Promise<PruneAnswer | null> {
    this.#budget.spend('timer');
    await condition(() => this.#answers.has(requestId), timeoutMs);
    const answer = this.#answers.get(requestId) ?? null;
    this.#answers.delete(requestId);
    return answer;
  }
}
