import type { ProjectRequest, ProjectWork } from '../../contracts/messages.js';

type KeyRequest = ProjectRequest<Extract<ProjectWork, { kind: 'ensureKey' }>>;
/** Who waits for a lock. */
export type LockRequest = ProjectRequest<Extract<ProjectWork, { kind: 'lock' }>>;

/** Who has a lock, and since when (ISO 8601 UTC). */
export type LockHolder = LockRequest & { readonly since: string };

/** Directories that get their key at the same time: one that cannot be written to holds up no other. */
export const KEYS_AT_ONCE = 5;

/** What a project hands over when it begins anew. */
export type ProjectMail = { readonly waiting: readonly ProjectRequest[]; readonly holders: readonly LockHolder[] };

/**
 * Who waits for a project's key or for a lock on its directories, and who has one. Locks go by the order asked for: an
 * exclusive one is granted when nobody has a lock, a shared one when all who have one share, and neither overtakes one that
 * was asked for before it.
 */
export class ProjectMailbox {
  readonly #keys = new Map<string, KeyRequest>();
  readonly #waiting = new Map<string, LockRequest>();
  readonly #holders = new Map<string, LockHolder>();
  /** Directories whose key is being made, or whose requesters are being told. */
  readonly #making = new Set<string>();
  /** Holders that asked again: the answer got lost. */
  readonly #askedAgain = new Set<string>();

  constructor(mail: ProjectMail | null) {
    for (const holder of mail?.holders ?? []) this.#holders.set(holder.requestId, holder);
    for (const request of mail?.waiting ?? []) this.receive(request);
  }

  receive(request: ProjectRequest): void {
    const { requestId, work } = request;
    if (this.#holders.has(requestId)) this.#askedAgain.add(requestId);
    else if (work.kind === 'ensureKey') this.#keys.set(requestId, { ...request, work });
    else if (!this.#waiting.has(requestId)) this.#waiting.set(requestId, { ...request, work });
  }

  /** A lock is released, or not wanted any more. */
  end(requestId: string): void {
    this.#waiting.delete(requestId);
    this.#holders.delete(requestId);
    this.#askedAgain.delete(requestId);
  }

  /** In the order their locks were granted. */
  get holders(): readonly LockHolder[] {
    return [...this.#holders.values()];
  }

  get locksWaiting(): readonly LockRequest[] {
    return [...this.#waiting.values()];
  }

  get keysWaiting(): number {
    return this.#keys.size;
  }

  get isEmpty(): boolean {
    return [this.#keys, this.#waiting, this.#holders, this.#making].every(({ size }) => size === 0);
  }

  /** True when somebody is to be told that they have a lock. */
  get hasLockToGrant(): boolean {
    return this.#askedAgain.size > 0 || this.#next() !== undefined;
  }

  /** Who is to be told that they have a lock: one that has it and asked again, or the next; null: nobody. */
  grantLock(since: string): LockHolder | null {
    for (const requestId of this.#askedAgain) {
      this.#askedAgain.delete(requestId);
      return this.#holders.get(requestId) ?? null;
    }
    const next = this.#next();
    if (next === undefined) return null;
    const holder = { ...next, since };
    this.#waiting.delete(next.requestId);
    this.#holders.set(next.requestId, holder);
    return holder;
  }

  /** The first that waits, where it can have its lock now. */
  #next(): LockRequest | undefined {
    const [next] = this.#waiting.values();
    if (next === undefined || this.#holders.size === 0) return next;
    const shares = ({ work }: LockRequest): boolean => work.shared === true;
    return shares(next) && this.holders.every(shares) ? next : undefined;
  }

  get isMakingKeys(): boolean {
    return this.#making.size > 0;
  }

  get hasKeyToMake(): boolean {
    return this.#nextDirnames().length > 0;
  }

  /** Directories whose key is to be made now, in the order asked for; their making is under way then, until `endKey`. */
  takeDirnames(): readonly string[] {
    const taken = this.#nextDirnames();
    for (const dirname of taken) this.#making.add(dirname);
    return taken;
  }

  /** The key was made or given up, and its requesters were told. */
  endKey(dirname: string): void {
    this.#making.delete(dirname);
  }

  #nextDirnames(): readonly string[] {
    const waiting = new Set([...this.#keys.values()].map(({ work }) => work.dirname));
    const free = [...waiting].filter((dirname) => !this.#making.has(dirname));
    return free.slice(0, KEYS_AT_ONCE - this.#making.size);
  }

  /** The next few who wait for the key in that directory; they are off the list then. */
  takeKeyRequests(dirname: string, atMost: number): readonly ProjectRequest[] {
    const taken = [...this.#keys.values()].filter(({ work }) => work.dirname === dirname).slice(0, atMost);
    for (const { requestId } of taken) this.#keys.delete(requestId);
    return taken;
  }

  mail(): ProjectMail {
    return { waiting: [...this.#keys.values(), ...this.#waiting.values()], holders: this.holders };
  }
}
