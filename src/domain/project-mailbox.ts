import type { ProjectRequest, ProjectWork } from '../contracts/messages.js';

type KeyRequest = ProjectRequest<Extract<ProjectWork, { kind: 'ensureKey' }>>;
type TurnRequest = ProjectRequest<Extract<ProjectWork, { kind: 'turn' }>>;

/** Who has the turn, and since when (ISO 8601 UTC). */
export type TurnHolder = ProjectRequest & { readonly since: string };

/** What a project hands over when it begins anew. */
export type ProjectMail = { readonly waiting: readonly ProjectRequest[]; readonly holder: TurnHolder | null };

/** Who waits for a project's key or for a turn at its directories, and who has it. Turns go by the order asked for. */
export class ProjectMailbox {
  readonly #keys = new Map<string, KeyRequest>();
  readonly #turns = new Map<string, TurnRequest>();
  #holder: TurnHolder | null;
  #asksAgain = false;

  constructor(mail: ProjectMail | null) {
    this.#holder = mail?.holder ?? null;
    for (const request of mail?.waiting ?? []) this.receive(request);
  }

  receive(request: ProjectRequest): void {
    const { requestId, work } = request;
    // Asked again by the one whose turn it is: the answer got lost.
    if (requestId === this.#holder?.requestId) this.#asksAgain = true;
    else if (work.kind === 'ensureKey') this.#keys.set(requestId, { ...request, work });
    else if (!this.#turns.has(requestId)) this.#turns.set(requestId, { ...request, work });
  }

  /** A turn is over, or not wanted any more. */
  end(requestId: string): void {
    this.#turns.delete(requestId);
    if (this.#holder?.requestId === requestId) this.#holder = null;
  }

  get holder(): TurnHolder | null {
    return this.#holder;
  }

  get turns(): readonly TurnRequest[] {
    return [...this.#turns.values()];
  }

  get keysWaiting(): number {
    return this.#keys.size;
  }

  get isEmpty(): boolean {
    return this.#keys.size === 0 && this.#turns.size === 0 && this.#holder === null;
  }

  /** True when somebody is to be told that the turn is theirs. */
  get hasTurnToGive(): boolean {
    return this.#holder === null ? this.#turns.size > 0 : this.#asksAgain;
  }

  /** Who is to be told that the turn is theirs: the one that has it and asked again, or the next. */
  giveTurn(since: string): TurnHolder | null {
    this.#asksAgain = false;
    const [next] = this.#turns.values();
    if (this.#holder === null && next !== undefined) {
      this.#turns.delete(next.requestId);
      this.#holder = { ...next, since };
    }
    return this.#holder;
  }

  /** Directories whose key is waited for, in the order asked for. */
  get dirnames(): readonly string[] {
    return [...new Set([...this.#keys.values()].map(({ work }) => work.dirname))];
  }

  /** The next few who wait for the key in that directory; they are off the list then. */
  takeKeyRequests(dirname: string, atMost: number): readonly ProjectRequest[] {
    const taken = [...this.#keys.values()].filter(({ work }) => work.dirname === dirname).slice(0, atMost);
    for (const { requestId } of taken) this.#keys.delete(requestId);
    return taken;
  }

  mail(): ProjectMail {
    return { waiting: [...this.#keys.values(), ...this.#turns.values()], holder: this.#holder };
  }
}
