import { condition, setHandler } from '@temporalio/workflow';
import type { FailureFact } from '../contracts/failures.js';
import type { WaitReason } from '../contracts/build.js';
import { requestAnsweredSignal, requestDelayedSignal } from '../contracts/messages.js';

/** An answer that was said to take its time is asked for so much more seldom. */
const PATIENCE = 60;
/** Words get lost seldom: who has waited long asks again seldom, lest a long wait fill the history. Seconds. */
const LONGEST_PAUSE = 6 * 3600;

/**
 * The asking side of a request to a repository or project: sends it, and sends it again, each time after twice the
 * pause, until the answer's signal arrived. The receiver recognises a repeated `requestId`, so nothing is done twice.
 */
export class Answers {
  readonly #answers = new Map<string, FailureFact | null>();

  readonly #delayed = new Set<string>();

  /** `onDelay` hears why an answer takes its time, where somebody shows it. */
  constructor(onDelay?: (waitingFor: WaitReason) => void) {
    setHandler(requestAnsweredSignal, ({ requestId, failure }) => {
      this.#answers.set(requestId, failure);
    });
    setHandler(requestDelayedSignal, ({ requestId, waitingFor }) => {
      if (this.#answers.has(requestId)) return;
      this.#delayed.add(requestId);
      onDelay?.(waitingFor);
    });
  }

  /** Resolves with each request's failure (null: done), in the order asked. */
  async ask(
    requestIds: readonly string[],
    send: (unanswered: readonly string[]) => Promise<void>,
    resendSeconds: number,
  ): Promise<readonly (FailureFact | null)[]> {
    for (let pause = resendSeconds; ; pause *= 2) {
      const unanswered = requestIds.filter((id) => !this.#answers.has(id));
      if (unanswered.length === 0) return requestIds.map((id) => this.#answers.get(id) ?? null);
      await send(unanswered);
      const isDelayed = unanswered.every((id) => this.#delayed.has(id));
      const seconds = Math.min(isDelayed ? pause * PATIENCE : pause, LONGEST_PAUSE);
      await condition(() => requestIds.every((id) => this.#answers.has(id)), seconds * 1000);
    }
  }
}
