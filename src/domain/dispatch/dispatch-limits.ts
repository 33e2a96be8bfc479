import type { Limits, TaskFacts } from '../../contracts/dispatch/dispatch.js';
import { parseChroot } from '../names/chroot.js';

/** How many tasks may run, of which kind and owner, and how often the frontend is asked. */
export type Admission = {
  readonly builds: Limits;
  readonly actions: Limits;
  /** Seconds. */
  readonly pause: number;
  /** Digest of all the other fields: equal wherever the configuration is equal. */
  readonly digest: string;
};

/** One limit: its kind, and what or whom it counts. */
export type Limit =
  | { readonly kind: 'workers' }
  | { readonly kind: 'arch'; readonly arch: string }
  | { readonly kind: 'tag'; readonly tag: string }
  | { readonly kind: 'archPerOwner'; readonly arch: string; readonly owner: string }
  | { readonly kind: 'sandbox'; readonly sandbox: string }
  | { readonly kind: 'owner'; readonly owner: string }
  | { readonly kind: 'blockedOwner'; readonly owner: string }
  | { readonly kind: 'userSsh'; readonly owner: string };

/** A limit that holds a task back: which one, how much of it is in use, and its size. */
export type HeldBy = { readonly limit: Limit; readonly used: number; readonly of: number };

/** The one limit that counts every task. */
const WORKERS: Limit = { kind: 'workers' };

/** The name of a limit for people and other tools. */
export function limitText(limit: Limit): string {
  switch (limit.kind) {
    case 'workers':
      return 'workers';
    case 'arch':
      return `arch ${limit.arch}`;
    case 'tag':
      return `tag ${limit.tag}`;
    case 'archPerOwner':
      return `arch ${limit.arch} of owner ${limit.owner}`;
    case 'sandbox':
      return `sandbox ${limit.sandbox}`;
    case 'owner':
      return `owner ${limit.owner}`;
    case 'blockedOwner':
      return `blocked owner ${limit.owner}`;
    case 'userSsh':
      return `user ssh of owner ${limit.owner}`;
  }
}

/** A limit that counts a task; `key` tells it from all others. */
type Applying = { readonly limit: Limit; readonly key: string; readonly of: number };

/** No limit but the number of workers. */
export function onlyWorkers(maxWorkers: number): Limits {
  return {
    maxWorkers,
    arch: {},
    tag: {},
    archPerOwner: {},
    sandbox: null,
    owner: null,
    userSsh: null,
    blockedOwners: [],
  };
}

/**
 * The part of the chroot after the last dash; anything that ends in `86` counts as x86_64. Null for a task without a
 * chroot: source builds and actions are outside the limits by architecture.
 */
export function requestedArch(task: Pick<TaskFacts, 'chroot'>): string | null {
  if (task.chroot === null) return null;
  const { arch } = parseChroot(task.chroot);
  return arch.endsWith('86') ? 'x86_64' : arch;
}

/** Counts of running tasks, as the limits count them. Add a task when it starts; call `holds` before. */
export class LimitCounts {
  readonly #limits: Limits;
  readonly #counts = new Map<string, number>();
  /** By `likeness`: a list of 40,000 tasks has some thousand kinds. */
  readonly #known = new Map<string, readonly Applying[]>();

  constructor(limits: Limits, running: readonly TaskFacts[]) {
    this.#limits = limits;
    for (const task of running) this.add(task);
  }

  add(task: TaskFacts): void {
    for (const { key } of this.#applying(task)) this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
  }

  /** True if no limit holds the task. */
  admits(task: TaskFacts): boolean {
    return this.#applying(task).every(({ key, of }) => (this.#counts.get(key) ?? 0) < of);
  }

  /** The limits that hold the task now, in the order in which the old service checked them; empty: it may start. */
  holds(task: TaskFacts): readonly HeldBy[] {
    return this.counts(task).filter(({ used, of }) => used >= of);
  }

  /** Every limit that counts the task, whether it holds it or not, in the same order. */
  counts(task: TaskFacts): readonly HeldBy[] {
    return this.#applying(task).map(({ limit, key, of }) => ({ limit, used: this.#counts.get(key) ?? 0, of }));
  }

  /** True if no task at all may start. */
  get isFull(): boolean {
    return this.used(WORKERS) >= this.#limits.maxWorkers;
  }

  /** How much of a limit is in use. */
  used(limit: Limit): number {
    return this.#counts.get(limitText(limit)) ?? 0;
  }

  /** Limits that count this task at all. */
  #applying(task: TaskFacts): readonly Applying[] {
    const like = likeness(task);
    const known = this.#known.get(like) ?? this.#find(task);
    this.#known.set(like, known);
    return known;
  }

  #find(task: TaskFacts): readonly Applying[] {
    const limits = this.#limits;
    const arch = requestedArch(task);
    const { owner, sandbox } = task;
    const applying: Applying[] = [];
    const apply = (limit: Limit, of: number | null | undefined): void => {
      if (of !== null && of !== undefined) applying.push({ limit, key: limitText(limit), of });
    };
    apply(WORKERS, limits.maxWorkers);
    if (arch !== null) apply({ kind: 'arch', arch }, own(limits.arch, arch));
    for (const tag of new Set(task.tags)) apply({ kind: 'tag', tag }, own(limits.tag, tag));
    if (arch !== null) apply({ kind: 'archPerOwner', arch, owner }, own(limits.archPerOwner, arch));
    if (sandbox !== null) apply({ kind: 'sandbox', sandbox }, limits.sandbox);
    apply({ kind: 'owner', owner }, limits.owner);
    if (limits.blockedOwners.includes(owner)) apply({ kind: 'blockedOwner', owner }, 0);
    if (task.userSsh && !task.source) apply({ kind: 'userSsh', owner }, limits.userSsh);
    return applying;
  }
}

/**
 * A key that is equal exactly for tasks that no limit distinguishes; lengths prevent ambiguous concatenation of names.
 */
export function likeness(task: TaskFacts): string {
  const { owner, sandbox, chroot, source, userSsh, tags } = task;
  const lengths = `${owner.length} ${sandbox?.length ?? ''} ${chroot?.length ?? ''} ${Number(source)}${Number(userSsh)}`;
  return `${lengths} ${owner}${sandbox ?? ''}${chroot ?? ''}${tags.length === 0 ? '' : JSON.stringify(tags)}`;
}

/** A name from outside must not match an inherited property. */
function own(limits: Readonly<Record<string, number>>, key: string): number | undefined {
  return Object.hasOwn(limits, key) ? limits[key] : undefined;
}
