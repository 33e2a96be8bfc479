import type { WaitReason } from '../../contracts/build/build.js';
import type { FailureFact } from '../../contracts/failures.js';
import type { RepositoryRequest, Requester } from '../../contracts/messages.js';
import { isChange, type BuildNote, type Hold } from '../../contracts/repository/repository.js';
import { ENOUGH_COMPANY } from './publication-pace.js';
import { takeBatch, type Batch } from './repository-batch.js';

/** Answered request ids that are remembered, so that a request sent again is answered again and not done again. */
export const REMEMBERED = 500;

/** What a requester is to be told: how its request ended (null: done), or why that takes its time. */
export type Word = { readonly to: Requester } & (
  { readonly failure: FailureFact | null; readonly notes?: readonly string[] } | { readonly delay: WaitReason }
);

/** Who waits for a release, and what there is to know when it comes. */
export type Held = Requester & { readonly notes?: readonly string[] };

/** What a repository has not told and not done yet; handed over when it begins anew. */
export type RepositoryMail = {
  readonly waiting: readonly RepositoryRequest[];
  /** Prepared, and answered on `release`. */
  readonly held: readonly Held[];
  readonly words: readonly Word[];
  readonly answered: readonly string[];
  /** Requests that have a run of their own. */
  readonly alone: readonly string[];
};

/**
 * Who asked a repository for something, what the next run serves, and what is to be told to whom. Each request is done
 * once and answered as often as it is sent. Nothing here knows a clock.
 */
export class RepositoryMailbox {
  readonly #waiting: RepositoryRequest[];
  readonly #held: Map<string, Held>;
  /** By request: of two words the later one counts. */
  readonly #words: Map<string, Word>;
  readonly #answered: Set<string>;
  /** Their common run failed for good: each has one of its own, so that only those fail that cannot be done. */
  readonly #alone: Set<string>;

  constructor(mail: RepositoryMail | null) {
    this.#waiting = [...(mail?.waiting ?? [])];
    this.#held = new Map(mail?.held.map((request) => [request.requestId, request]));
    this.#words = new Map(mail?.words.map((word) => [word.to.requestId, word]));
    this.#answered = new Set(mail?.answered);
    this.#alone = new Set(mail?.alone);
  }

  /** `hold` is what a request that is prepared waits for: the word about it got lost. */
  receive(request: RepositoryRequest, hold: Hold | null): void {
    const { requestId, workflowId, runId } = request;
    const to = { requestId, workflowId, runId };
    if (this.#answered.has(requestId)) this.#say({ to, failure: null });
    else if (this.#held.has(requestId)) this.#say({ to, delay: heldBy(hold) });
    else if (!this.#waiting.some((known) => known.requestId === requestId)) this.#waiting.push(request);
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  get held(): number {
    return this.#held.size;
  }

  get hasWords(): boolean {
    return this.#words.size > 0;
  }

  /** The next few words that are to be said; they are off the list then. */
  takeWords(atMost: number): readonly Word[] {
    const taken = [...this.#words.values()].slice(0, atMost);
    for (const { to } of taken) this.#words.delete(to.requestId);
    return taken;
  }

  /**
   * True when the next run does better with company: to look whether metadata exists is no run, who comes with a plan
   * has gathered its work already, and nobody waits behind an operator's word or those that have runs of their own.
   */
  get wantsCompany(): boolean {
    const [first] = this.#waiting;
    if (first === undefined || this.#alone.has(first.requestId)) return false;
    const { change } = first;
    return isChange(change) && change.kind !== 'ensure' && change.plan === null;
  }

  /** True when the next run waits no longer: enough has come, or an operator's word. */
  get isUrgent(): boolean {
    return this.#waiting.length >= ENOUGH_COMPANY || this.#waiting.some(({ change }) => !isChange(change));
  }

  /** Whom the next run serves, and what it does; they wait until `complete` or `divide`. Null: nobody waits. */
  next(): Batch<RepositoryRequest> | null {
    return takeBatch(this.#waiting, ({ requestId }) => this.#alone.has(requestId));
  }

  /** Their run failed for good: each has one of its own next. */
  divide({ batch }: Batch<RepositoryRequest>): void {
    for (const { requestId } of batch) this.#alone.add(requestId);
  }

  /** Their run has ended: with a `failure`, or live, or prepared behind a `hold`. */
  complete(
    taken: Batch<RepositoryRequest>,
    failure: FailureFact | null,
    { hold, notes = [] }: { readonly hold: Hold | null; readonly notes?: readonly BuildNote[] | undefined },
  ): void {
    for (const request of taken.batch) {
      this.#waiting.splice(this.#waiting.indexOf(request), 1);
      this.#alone.delete(request.requestId);
      const { requestId, workflowId, runId } = request;
      const to = { requestId, workflowId, runId };
      const isPrepared = hold !== null && failure === null && taken.run !== null && request.change.kind !== 'ensure';
      if (isPrepared) {
        this.#held.set(requestId, { ...to, ...notesFor(request, notes) });
        this.#say({ to, delay: heldBy(hold) });
      } else this.#answer(to, failure, notesFor(request, notes));
    }
    if (failure !== null || taken.operation?.kind !== 'release') return;
    for (const { notes: own, ...to } of this.#held.values())
      this.#answer(to, null, own === undefined ? {} : { notes: own });
    this.#held.clear();
  }

  mail(): RepositoryMail {
    return {
      ...{ waiting: [...this.#waiting], held: [...this.#held.values()], words: [...this.#words.values()] },
      ...{ answered: [...this.#answered], alone: [...this.#alone] },
    };
  }

  #answer(to: Requester, failure: FailureFact | null, said: Pick<Held, 'notes'>): void {
    if (failure === null) this.#remember(to.requestId);
    this.#say({ to, failure, ...said });
  }

  #say(word: Word): void {
    this.#words.set(word.to.requestId, word);
  }

  #remember(requestId: string): void {
    this.#answered.add(requestId);
    const [oldest] = this.#answered;
    if (this.#answered.size > REMEMBERED && oldest !== undefined) this.#answered.delete(oldest);
  }
}

/** The notes on what this request added. */
function notesFor({ change }: RepositoryRequest, notes: readonly BuildNote[]): Pick<Held, 'notes'> {
  const own = isChange(change) ? notes.filter(({ build }) => change.add.includes(build)).map(({ text }) => text) : [];
  return own.length === 0 ? {} : { notes: own };
}

function heldBy(hold: Hold | null): WaitReason {
  const detail =
    hold === null ? '' : `generation ${hold.generation} since ${hold.since}, ${hold.by}: ${hold.reason ?? ''}`;
  return { reason: 'held by operator', detail: detail.replace(/: $/, '') };
}
