import type { WaitReason } from '../../contracts/build/build.js';
import type { FailureFact } from '../../contracts/failures/failure-codes.js';
import type { RepositoryRequest, Requester } from '../../contracts/messages.js';
import { isChange, type BuildNote, type Hold } from '../../contracts/repository/repository.js';
import { ENOUGH_COMPANY } from './publication-pace.js';
import { takeBatch, type Batch } from './repository-batch.js';

/** Answered request ids that are remembered, so that a repeated request is answered again but not done again. */
export const REMEMBERED = 500;

/** A message for a requester: how its request ended (null: done), or why that takes a while. */
export type Word = { readonly to: Requester } & (
  { readonly failure: FailureFact | null; readonly notes?: readonly string[] } | { readonly delay: WaitReason }
);

/** A requester that waits for a release, with the notes for its answer. */
export type Held = Requester & { readonly notes?: readonly string[] };

/** Work and answers that a repository still owes; passed on when it continues as new. */
export type RepositoryMail = {
  readonly waiting: readonly RepositoryRequest[];
  /** Prepared, and answered on `release`. */
  readonly held: readonly Held[];
  readonly words: readonly Word[];
  readonly answered: readonly string[];
  /** Requests that get a separate run. */
  readonly alone: readonly string[];
};

/**
 * The requests to a repository, the content of the next run, and the messages to send. Each request is done once and
 * answered as often as it is sent. Nothing here has a clock.
 */
export class RepositoryMailbox {
  readonly #waiting: RepositoryRequest[];
  readonly #held: Map<string, Held>;
  /** By request: of two messages the later one counts. */
  readonly #words: Map<string, Word>;
  readonly #answered: Set<string>;
  /** Their common run failed for good: each gets a separate one, so that only the impossible ones fail. */
  readonly #alone: Set<string>;
  /** The store of the run under way is away: why, and who was told. */
  #outage: { readonly why: WaitReason; readonly told: Set<string> } | null = null;

  constructor(mail: RepositoryMail | null) {
    this.#waiting = [...(mail?.waiting ?? [])];
    this.#held = new Map(mail?.held.map((request) => [request.requestId, request]));
    this.#words = new Map(mail?.words.map((word) => [word.to.requestId, word]));
    this.#answered = new Set(mail?.answered);
    this.#alone = new Set(mail?.alone);
  }

  /** `hold`: what an already prepared request waits for; it is repeated because the message about it got lost. */
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

  /** The run under way is tried again until its store is back; each waiting workflow is told once. */
  delay(why: WaitReason): void {
    this.#outage ??= { why, told: new Set() };
  }

  /** True if somebody waits who was not told of an outage. */
  get hasDelays(): boolean {
    return this.#untold().length > 0;
  }

  /** Words about an outage for the next few who wait. */
  takeDelays(atMost: number): readonly Extract<Word, { readonly delay: WaitReason }>[] {
    const outage = this.#outage;
    if (outage === null) return [];
    return this.#untold()
      .slice(0, atMost)
      .map(({ requestId, workflowId, runId }) => {
        outage.told.add(requestId);
        return { to: { requestId, workflowId, runId }, delay: outage.why };
      });
  }

  get hasWords(): boolean {
    return this.#words.size > 0;
  }

  /** The next few messages to send; they are removed from the list. */
  takeWords(atMost: number): readonly Word[] {
    const taken = [...this.#words.values()].slice(0, atMost);
    for (const { to } of taken) this.#words.delete(to.requestId);
    return taken;
  }

  /**
   * True if the next run should wait for more requests. Checking whether metadata exists needs no run, a request with a
   * plan has already gathered its work, and nothing is added to an operator's command or to requests with separate
   * runs.
   */
  get wantsCompany(): boolean {
    const [first] = this.#waiting;
    if (first === undefined || this.#alone.has(first.requestId)) return false;
    const { change } = first;
    return isChange(change) && change.kind !== 'ensure' && change.plan === null;
  }

  /** True if the next run should not wait any longer: there are enough requests, or an operator's command. */
  get isUrgent(): boolean {
    return this.#waiting.length >= ENOUGH_COMPANY || this.#waiting.some(({ change }) => !isChange(change));
  }

  /** The next run and its requesters, which wait until `complete` or `divide`. Null: nobody waits. */
  next(): Batch<RepositoryRequest> | null {
    return takeBatch(this.#waiting, ({ requestId }) => this.#alone.has(requestId));
  }

  /** Their run failed for good: each gets a separate one next. */
  divide({ batch }: Batch<RepositoryRequest>): void {
    this.#outage = null;
    for (const { requestId } of batch) this.#alone.add(requestId);
  }

  /** Their run has ended: failed with a `failure`, live, or prepared under a `hold`. */
  complete(
    taken: Batch<RepositoryRequest>,
    failure: FailureFact | null,
    { hold, notes = [] }: { readonly hold: Hold | null; readonly notes?: readonly BuildNote[] | undefined },
  ): void {
    this.#outage = null;
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

  #untold(): readonly RepositoryRequest[] {
    const told = this.#outage?.told;
    return told === undefined ? [] : this.#waiting.filter(({ requestId }) => !told.has(requestId));
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

/** The notes about the packages that this request added. */
function notesFor({ change }: RepositoryRequest, notes: readonly BuildNote[]): Pick<Held, 'notes'> {
  const own = isChange(change) ? notes.filter(({ build }) => change.add.includes(build)).map(({ text }) => text) : [];
  return own.length === 0 ? {} : { notes: own };
}

function heldBy(hold: Hold | null): WaitReason {
  const detail =
    hold === null ? '' : `generation ${hold.generation} since ${hold.since}, ${hold.by}: ${hold.reason ?? ''}`;
  return { reason: 'held by operator', detail: detail.replace(/: $/, '') };
}
