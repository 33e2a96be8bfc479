import { condition, setHandler } from '@temporalio/workflow';
import type { FailureFact } from '../contracts/failures/failure-codes.js';
import type { WaitReason } from '../contracts/build/build.js';
import { requestAnsweredSignal, requestDelayedSignal } from '../contracts/messages.js';
import type { EventBudget } from '../domain/event-budget.js';

/** How many times longer to wait before asking again for an answer that was announced as delayed. */
const DELAYED_FACTOR = 60;
/** Messages are rarely lost, so after a long wait the asker asks again rarely, to keep the history small. Seconds. */
export const MAX_PAUSE = 6 * 3600;

/** The answer to a request (a failure, or null: done), or the reason for its delay. */
export type Reply =
  { readonly failure: FailureFact | null; readonly notes: readonly string[] } | { readonly delay: WaitReason };

/**
 * The asking side of requests to repositories and projects. The receiver recognises a repeated `requestId`, so a
 * request that is sent again is not executed twice.
 */
export class Answers {
  readonly #replies = new Map<string, Reply>();

  readonly #budget: EventBudget | undefined;

  /** `onDelay` is called with the reason for a delayed answer, for callers that show it; `budget` counts the events. */
  constructor(onDelay?: (waitingFor: WaitReason) => void, budget?: EventBudget) {
    this.#budget = budget;
    setHandler(requestAnsweredSignal, ({ requestId, failure, notes = [] }) => {
      budget?.spend('signal');
      this.#replies.set(requestId, { failure, notes });
    });
    setHandler(requestDelayedSignal, ({ requestId, waitingFor }) => {
      budget?.spend('signal');
      if (this.#isAnswered(requestId)) return;
      this.#replies.set(requestId, { delay: waitingFor });
      onDelay?.(waitingFor);
    });
  }

  /** Notes that came with the answer to a finished request. */
  notesOf(requestId: string): readonly string[] {
    return this.#answerTo(requestId)?.notes ?? [];
  }

  /**
   * Sends requests until all answers have arrived, each time after twice the pause. Resolves with each request's
   * failure (null: done), in the order of the requests. `send` runs one activity.
   */
  async ask(
    requestIds: readonly string[],
    send: (unanswered: readonly string[]) => Promise<void>,
    resendSeconds: number,
  ): Promise<readonly (FailureFact | null)[]> {
    for (let pause = resendSeconds; ; pause *= 2) {
      const unanswered = requestIds.filter((id) => !this.#isAnswered(id));
      if (unanswered.length === 0) return requestIds.map((id) => this.#answerTo(id)?.failure ?? null);
      this.#budget?.spend('activity');
      await send(unanswered);
      const isDelayed = unanswered.every((id) => this.#replies.has(id));
      const seconds = Math.min(isDelayed ? pause * DELAYED_FACTOR : pause, MAX_PAUSE);
      this.#budget?.spend('timer');
      await condition(() => requestIds.every((id) => this.#isAnswered(id)), seconds * 1000);
    }
  }

  /**
   * Takes the reply to a sent request, which may be only a delay; null if none came in that time. A reply is taken
   * once.
   */
  async takeReply(requestId: string, timeoutMs: number): Promise<Reply | null> {
    this.#budget?.spend('timer');
    await condition(() => this.#replies.has(requestId), timeoutMs);
    const reply = this.#replies.get(requestId) ?? null;
    this.#replies.delete(requestId);
    return reply;
  }

  #isAnswered(requestId: string): boolean {
    return this.#answerTo(requestId) !== undefined;
  }

  #answerTo(requestId: string): Extract<Reply, { readonly failure: unknown }> | undefined {
    const reply = this.#replies.get(requestId);
    return reply === undefined || 'delay' in reply ? undefined : reply;
  }
}
