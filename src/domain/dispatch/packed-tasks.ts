import type {
  DispatchState,
  DispatchView,
  LedgerTask,
  TaskFacts,
  Tombstone,
} from '../../contracts/dispatch/dispatch.js';

/**
 * Tasks as rows of numbers that point into lists of names. A dispatcher's memory is one payload, and the server refuses
 * one of 2 MiB: 20,000 running builds fit when packed, but not when written out.
 */
export type PackedTasks = {
  readonly names: readonly string[];
  readonly tags: readonly (readonly string[])[];
  readonly tasks: readonly (readonly (string | number)[])[];
};

/** The dispatcher's view with its long lists packed: the answer of the query `dispatchView`. */
export type PackedView = Omit<DispatchView, 'running' | 'tombstones'> & {
  readonly running: PackedTasks;
  readonly tombstones: PackedTombstones;
};

/** The dispatcher's memory as passed on by continue-as-new. */
export type PackedState = Omit<DispatchState, 'running' | 'tombstones'> & {
  readonly running: PackedTasks;
  readonly tombstones: PackedTombstones;
};

type PackedTombstones = readonly (readonly (string | number)[])[];

const BACKGROUND = 1;
const SOURCE = 2;
const USER_SSH = 4;
const STARTED = 8;
const ASKED = 16;
/**
 * Marks an absent name or time. Columns may be added at the end of a row: earlier versions leave them out, and a last
 * column that is absent is marked then, too.
 */
const NONE = -1;

export function packState(state: DispatchState): PackedState {
  return { ...state, running: packTasks(state.running), tombstones: packTombstones(state.tombstones) };
}

export function unpackState(state: PackedState): DispatchState {
  return { ...state, running: unpackTasks(state.running), tombstones: unpackTombstones(state.tombstones) };
}

export function packView(
  view: Omit<DispatchView, 'running'> & { readonly running: readonly LedgerTask[] },
): PackedView {
  return { ...view, running: packTasks(view.running), tombstones: packTombstones(view.tombstones) };
}

export function unpackView(view: PackedView): DispatchView {
  return { ...view, running: unpackTasks(view.running), tombstones: unpackTombstones(view.tombstones) };
}

function packTasks(tasks: readonly LedgerTask[]): PackedTasks {
  const names = new Index<string>(String);
  const tags = new Index<readonly string[]>((list) => JSON.stringify(list));
  const packed = tasks.map((task) => {
    const { taskId, owner, sandbox, chroot, times, priority, since, admission, reportedAt } = task;
    const flags =
      (task.background ? BACKGROUND : 0) +
      (task.source ? SOURCE : 0) +
      (task.userSsh ? USER_SSH : 0) +
      (task.isStarted ? STARTED : 0) +
      (task.isAsked ? ASKED : 0);
    return [
      ...[shortId(taskId, chroot), names.of(owner), sandbox === null ? NONE : names.of(sandbox)],
      ...[chroot === null ? NONE : names.of(chroot), tags.of(task.tags), flags, priority, times],
      ...[since === undefined ? NONE : Date.parse(since), ...packAdmission(admission, names)],
      ...(reportedAt === undefined ? [] : [Date.parse(reportedAt)]),
    ];
  });
  return { names: names.all, tags: tags.all, tasks: packed };
}

function unpackTasks({ names, tags, tasks }: PackedTasks): readonly LedgerTask[] {
  const name = (place: string | number | undefined): string | null => names[Number(place)] ?? null;
  return tasks.map(([id, owner, sandbox, chroot, tag, flags, priority, times, since, life, count, reportedAt]) => {
    const facts: TaskFacts = {
      taskId: longId(id, name(chroot)),
      owner: name(owner) ?? '',
      sandbox: name(sandbox),
      background: has(flags, BACKGROUND),
      chroot: name(chroot),
      source: has(flags, SOURCE),
      tags: tags[Number(tag)] ?? [],
      userSsh: has(flags, USER_SSH),
      priority: Number(priority),
    };
    return {
      ...facts,
      ...(Number(since) === NONE ? {} : { since: new Date(Number(since)).toISOString() }),
      isStarted: has(flags, STARTED),
      isAsked: has(flags, ASKED),
      times: Number(times),
      ...(reportedAt === undefined || reportedAt === NONE
        ? {}
        : { reportedAt: new Date(Number(reportedAt)).toISOString() }),
      admission: Number(count) === NONE ? (name(life) ?? '') : `${name(life) ?? ''}/${String(count)}`,
    };
  });
}

function packTombstones(tombstones: readonly Tombstone[]): PackedTombstones {
  return tombstones.map(({ taskId, end, at, times, since, as }) => [
    ...[taskId, end, Date.parse(at), times],
    since === undefined ? NONE : Date.parse(since),
    ...(as === undefined ? [] : [as]),
  ]);
}

function unpackTombstones(packed: PackedTombstones): readonly Tombstone[] {
  return packed.map(([taskId, end, at, times, since, as]) => ({
    taskId: String(taskId),
    end: Number(end),
    at: new Date(Number(at)).toISOString(),
    times: Number(times),
    ...(Number(since) === NONE ? {} : { since: new Date(Number(since)).toISOString() }),
    ...(as === 'inactive' || as === 'source built' ? { as } : {}),
  }));
}

/** An RPM build's id ends in its chroot, which the row has anyway. */
function shortId(taskId: string, chroot: string | null): string | number {
  const number = chroot !== null && taskId.endsWith(`-${chroot}`) ? taskId.slice(0, -chroot.length - 1) : null;
  return number !== null && /^[1-9]\d{0,14}$/.test(number) ? Number(number) : taskId;
}

function longId(id: string | number | undefined, chroot: string | null): string {
  return typeof id === 'number' ? `${id}-${chroot ?? ''}` : (id ?? '');
}

/** `<life>/<count>`: the life is the same for thousands. */
function packAdmission(admission: string, names: Index<string>): readonly number[] {
  const [, life, count] = /^(.*)\/(\d{1,15})$/.exec(admission) ?? [];
  return life === undefined || String(Number(count)) !== count
    ? [names.of(admission), NONE]
    : [names.of(life), Number(count)];
}

function has(flags: string | number | undefined, flag: number): boolean {
  return (Number(flags) & flag) !== 0;
}

/** Each value once, with its position. */
class Index<T> {
  readonly all: T[] = [];
  readonly #places = new Map<string, number>();
  readonly #key: (value: T) => string;

  constructor(key: (value: T) => string) {
    this.#key = key;
  }

  of(value: T): number {
    const key = this.#key(value);
    const known = this.#places.get(key);
    if (known !== undefined) return known;
    this.#places.set(key, this.all.length);
    return this.all.push(value) - 1;
  }
}
