import { condition, setHandler } from '@temporalio/workflow';
import type { FailureFact } from '../contracts/failures.js';
import { requestAnsweredSignal } from '../contracts/messages.js';

/**
 * The asking side of a request to a repository or project: sends it, and sends it again on a timer until the answer's
 * signal arrived. The receiver recognises a repeated `requestId`, so nothing is done twice.
 */
export class Answers {
  readonly #answers = new Map<string, FailureFact | null>();

  constructor() {
    setHandler(requestAnsweredSignal, ({ requestId, failure }) => {
      this.#answers.set(requestId, failure);
    });
  }

  /** Resolves with each request's failure (null: done), in the order asked. */
  async ask(
    requestIds: readonly string[],
    send: (unanswered: readonly string[]) => Promise<void>,
    resendSeconds: number,
  ): Promise<readonly (FailureFact | null)[]> {
    for (;;) {
      const unanswered = requestIds.filter((id) => !this.#answers.has(id));
      if (unanswered.length === 0) return requestIds.map((id) => this.#answers.get(id) ?? null);
      await send(unanswered);
      await condition(() => requestIds.every((id) => this.#answers.has(id)), resendSeconds * 1000);
    }
  }
}
