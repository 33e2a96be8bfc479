import { condition, setHandler } from '@temporalio/workflow';
import type { FailureFact } from '../contracts/failures.js';
import type { WaitReason } from '../contracts/build/build.js';
import { requestAnsweredSignal, requestDelayedSignal } from '../contracts/messages.js';
import type { EventBudget } from '../domain/event-budget.js';

/** An answer that was said to take its time is asked for so much more seldom. */
const PATIENCE = 60;
/** Words get lost seldom: who has waited long asks again seldom, lest a long wait fill the history. Seconds. */
export const MAX_PAUSE = 6 * 3600;

/**
 * The asking side of a request to a repository or project: sends it, and sends it again, each time after twice the
 * pause, until the answer's signal arrived. The receiver recognises a repeated `requestId`, so nothing is done twice.
 */
export class Answers {
  readonly #answers = new Map<string, FailureFact | null>();

  readonly #notes = new Map<string, readonly string[]>();

  readonly #delayed = new Set<string>();

  readonly #budget: EventBudget | undefined;

  /** `onDelay` hears why an answer takes its time, where somebody shows it; `budget` counts what the asking costs. */
  constructor(onDelay?: (waitingFor: WaitReason) => void, budget?: EventBudget) {
    this.#budget = budget;
    setHandler(requestAnsweredSignal, ({ requestId, failure, notes }) => {
      budget?.spend('signal');
      this.#answers.set(requestId, failure);
      if (notes !== undefined) this.#notes.set(requestId, notes);
    });
    setHandler(requestDelayedSignal, ({ requestId, waitingFor }) => {
      budget?.spend('signal');
      if (this.#answers.has(requestId)) return;
      this.#delayed.add(requestId);
      onDelay?.(waitingFor);
    });
  }

  /** What came with the answer to a request that is done. */
  notesOf(requestId: string): readonly string[] {
    return this.#notes.get(requestId) ?? [];
  }

  /** Resolves with each request's failure (null: done), in the order asked. `send` is one activity. */
  async ask(
    requestIds: readonly string[],
    send: (unanswered: readonly string[]) => Promise<void>,
    resendSeconds: number,
  ): Promise<readonly (FailureFact | null)[]> {
    for (let pause = resendSeconds; ; pause *= 2) {
      const unanswered = requestIds.filter((id) => !this.#answers.has(id));
      if (unanswered.length === 0) return requestIds.map((id) => this.#answers.get(id) ?? null);
      this.#budget?.spend('activity');
      await send(unanswered);
      const isDelayed = unanswered.every((id) => this.#delayed.has(id));
      const seconds = Math.min(isDelayed ? pause * PATIENCE : pause, MAX_PAUSE);
      this.#budget?.spend('timer');
      await condition(() => requestIds.every((id) => this.#answers.has(id)), seconds * 1000);
    }
  }
}
