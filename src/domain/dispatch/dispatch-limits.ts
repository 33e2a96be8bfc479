import type { Limits, TaskFacts } from '../../contracts/dispatch/dispatch.js';

/** How many tasks may run, of which kind and owner, and how often the frontend is asked. */
export type Admission = {
  readonly builds: Limits;
  readonly actions: Limits;
  /** Seconds. */
  readonly pause: number;
  /** Digest of all the other fields: equal wherever the configuration is equal. */
  readonly digest: string;
};

/** A limit that holds a task back: its name, how much of it is in use, and its size. */
export type HeldBy = { readonly limit: string; readonly used: number; readonly of: number };

/** Kind of a limit, from its name: `arch x86_64 of owner jdoe` is an `archPerOwner`. For counts that name nobody. */
export function limitKind(limit: string): string {
  const [, kind] = KINDS.find(([pattern]) => pattern.test(limit)) ?? [];
  return kind ?? 'other';
}

const KINDS: readonly (readonly [RegExp, string])[] = [
  [/^workers$/, 'workers'],
  [/^arch .* of owner /, 'archPerOwner'],
  [/^arch /, 'arch'],
  [/^tag /, 'tag'],
  [/^sandbox /, 'sandbox'],
  [/^owner /, 'owner'],
  [/^blocked owner /, 'blockedOwner'],
  [/^user ssh of owner /, 'userSsh'],
  [/^chroot inactive$/, 'inactiveChroot'],
];

/** Reason why tasks without a record at the frontend are held back; not a limit, but counted beside the limits. */
export const INACTIVE_CHROOT = 'chroot inactive';

/** Name of the one limit that counts every task. */
export const WORKERS = 'workers';

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
  const arch = task.chroot.slice(task.chroot.lastIndexOf('-') + 1);
  return arch.endsWith('86') ? 'x86_64' : arch;
}

/** Counts of running tasks, as the limits count them. Add a task when it starts; call `holds` before. */
export class LimitCounts {
  readonly #limits: Limits;
  readonly #counts = new Map<string, number>();
  /** By `likeness`: a list of 40,000 tasks has some thousand kinds. */
  readonly #known = new Map<string, readonly { readonly key: string; readonly of: number }[]>();

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
    return this.#applying(task).map(({ key, of }) => ({ limit: key, used: this.#counts.get(key) ?? 0, of }));
  }

  /** True if no task at all may start. */
  get isFull(): boolean {
    return (this.#counts.get(WORKERS) ?? 0) >= this.#limits.maxWorkers;
  }

  /** How much of a limit is in use, by the name that `HeldBy` has. */
  used(limit: string): number {
    return this.#counts.get(limit) ?? 0;
  }

  /** Limits that count this task at all. */
  #applying(task: TaskFacts): readonly { readonly key: string; readonly of: number }[] {
    const like = likeness(task);
    const known = this.#known.get(like) ?? this.#find(task);
    this.#known.set(like, known);
    return known;
  }

  #find(task: TaskFacts): readonly { readonly key: string; readonly of: number }[] {
    const limits = this.#limits;
    const arch = requestedArch(task);
    const applying: { key: string; of: number }[] = [];
    const limit = (key: string, of: number | null | undefined): void => {
      if (of !== null && of !== undefined) applying.push({ key, of });
    };
    limit(WORKERS, limits.maxWorkers);
    if (arch !== null) limit(`arch ${arch}`, own(limits.arch, arch));
    for (const tag of new Set(task.tags)) limit(`tag ${tag}`, own(limits.tag, tag));
    if (arch !== null) limit(`arch ${arch} of owner ${task.owner}`, own(limits.archPerOwner, arch));
    if (task.sandbox !== null) limit(`sandbox ${task.sandbox}`, limits.sandbox);
    limit(`owner ${task.owner}`, limits.owner);
    if (limits.blockedOwners.includes(task.owner)) limit(`blocked owner ${task.owner}`, 0);
    if (task.userSsh && !task.source) limit(`user ssh of owner ${task.owner}`, limits.userSsh);
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
