import { condition, setHandler } from '@temporalio/workflow';
import type { FailureFact } from '../contracts/failures/failure-codes.js';
import type { WaitReason } from '../contracts/build/build.js';
import { requestAnsweredSignal, requestDelayedSignal } from '../contracts/messages.js';
import type { EventBudget } from '../domain/event-budget.js';

/** An answer that was said to take its time is asked for so much more seldom. */
const PATIENCE = 60;
/** Words get lost seldom: who has waited long asks again seldom, lest a long wait fill the history. Seconds. */
export const MAX_PAUSE = 6 * 3600;

/** What a request was answered with (a failure of null: done), or why that takes its time. */
export type Reply =
  { readonly failure: FailureFact | null; readonly notes: readonly string[] } | { readonly delay: WaitReason };

/**
 * The asking side of requests to repositories and projects. The receiver recognises a repeated `requestId`, so what is
 * sent again is not done twice.
 */
export class Answers {
  readonly #replies = new Map<string, Reply>();

  readonly #budget: EventBudget | undefined;

  /** `onDelay` hears why an answer takes its time, where somebody shows it; `budget` counts what the asking costs. */
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

  /** What came with the answer to a request that is done. */
  notesOf(requestId: string): readonly string[] {
    return this.#answerTo(requestId)?.notes ?? [];
  }

  /**
   * Sends requests, and sends them again, each time after twice the pause, until all answers arrived. Resolves with each
   * request's failure (null: done), in the order asked. `send` is one activity.
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
      const seconds = Math.min(isDelayed ? pause * PATIENCE : pause, MAX_PAUSE);
      this.#budget?.spend('timer');
      await condition(() => requestIds.every((id) => this.#isAnswered(id)), seconds * 1000);
    }
  }

  /** The reply to a request that was sent, be it only a delay; null when none came in that time. It is given out once. */
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
