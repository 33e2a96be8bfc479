import type { ProjectRequest, ProjectWork } from '../../contracts/messages.js';

type KeyRequest = ProjectRequest<Extract<ProjectWork, { kind: 'ensureKey' }>>;
/** A request that waits for a lock. */
export type LockRequest = ProjectRequest<Extract<ProjectWork, { kind: 'lock' }>>;

/** A holder of a lock, and since when (ISO 8601 UTC). */
export type LockHolder = LockRequest & { readonly since: string };

/**
 * Directories that get their key at the same time, so that one that cannot be written to does not hold up the others.
 */
export const KEYS_AT_ONCE = 5;

/** The state that a project passes on when it continues as new. */
export type ProjectMail = { readonly waiting: readonly ProjectRequest[]; readonly holders: readonly LockHolder[] };

/**
 * The requests that wait for a project's key or for a lock on its directories, and the holders of locks. Locks are
 * granted in the order requested: an exclusive one when nobody holds a lock, a shared one when all holders share, and
 * neither overtakes an earlier request.
 */
export class ProjectMailbox {
  readonly #keys = new Map<string, KeyRequest>();
  readonly #waiting = new Map<string, LockRequest>();
  readonly #holders = new Map<string, LockHolder>();
  /** Directories whose key is being created, or whose requesters are being answered. */
  readonly #making = new Set<string>();
  /** Holders that asked again because the answer got lost. */
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

  /** A lock is released, or no longer wanted. */
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

  /** True if a holder has to be told about its lock. */
  get hasLockToGrant(): boolean {
    return this.#askedAgain.size > 0 || this.#next() !== undefined;
  }

  /** The holder to be told about its lock: one that asked again, or the next in line; null: nobody. */
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

  /** The first waiting request, if its lock can be granted now. */
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

  /** Directories whose key has to be created now, in the order requested; they count as under way until `endKey`. */
  takeDirnames(): readonly string[] {
    const taken = this.#nextDirnames();
    for (const dirname of taken) this.#making.add(dirname);
    return taken;
  }

  /** The key was created or given up, and its requesters were answered. */
  endKey(dirname: string): void {
    this.#making.delete(dirname);
  }

  #nextDirnames(): readonly string[] {
    const waiting = new Set([...this.#keys.values()].map(({ work }) => work.dirname));
    const free = [...waiting].filter((dirname) => !this.#making.has(dirname));
    return free.slice(0, KEYS_AT_ONCE - this.#making.size);
  }

  /** The next few requests for the key in that directory; they are removed from the list. */
  takeKeyRequests(dirname: string, atMost: number): readonly ProjectRequest[] {
    const taken = [...this.#keys.values()].filter(({ work }) => work.dirname === dirname).slice(0, atMost);
    for (const { requestId } of taken) this.#keys.delete(requestId);
    return taken;
  }

  mail(): ProjectMail {
    return { waiting: [...this.#keys.values(), ...this.#waiting.values()], holders: this.holders };
  }
}
