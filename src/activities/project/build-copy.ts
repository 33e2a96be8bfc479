import { activityInfo } from '@temporalio/activity';
import type { DirectoryId } from '../../contracts/action/action.js';
import {
  addCounts,
  NOTHING_COPIED,
  type CopiedSlice,
  type CopyCounts,
  type Slice,
} from '../../contracts/project/copies.js';
import { isKeyRefusal, type FailureFact } from '../../contracts/failures/failure-codes.js';
import type { BuildCopy, StagedCopy } from '../../ports/project/build-copies.js';
import type { PackageStore } from '../../ports/package-store.js';
import { PortFailure } from '../../ports/port-failure.js';
import type { BuildPlace } from '../../ports/build/build-place.js';
import type { ActivityDependencies } from '../dependencies.js';
import type { Beating } from '../heartbeat.js';

/**
 * Copies finished together, and the bytes of their packages: the amount that lies beside its place until it is
 * committed.
 */
const MAX_BUILDS = 100;
const MAX_BYTES = 2 * 1024 ** 3;
/** Batches in parallel: while one is signed, the other is copied. */
const LANES = 2;
/** Copies of a batch made in parallel. */
const AT_ONCE = 8;
/** A slice ends after this time, however much is left, so that progress is visible and no time-out is reached. */
const MAX_MS = 15 * 60_000;
const TOLD = 5;

/** A build that is not copied to the destination, and why. */
export type CopyFailure = { readonly place: BuildPlace; readonly failure: FailureFact };

/** The treatment of copies by one kind of action. */
export type Finishing = {
  /** The failure if a build does not exist; null: it is left out and reported as absent. */
  readonly missing: (from: BuildPlace) => FailureFact | null;
  /** Changes copies before they are committed; those that it returns are not committed. */
  readonly finish: (staged: readonly StagedCopy[], signal: AbortSignal) => Promise<readonly CopyFailure[]>;
  /** Checks builds that are already in place; returns those it could not repair. */
  readonly repair: (standing: readonly BuildPlace[], signal: AbortSignal) => Promise<readonly CopyFailure[]>;
};

/** The progress of a slice; the heartbeat carries it to the next attempt. */
export type CopyProgress = Omit<CopiedSlice, 'next'> & { readonly next: number };

type Dependencies = Pick<ActivityDependencies, 'log'> & Pick<PackageStore, 'copies'>;

/**
 * Copies a slice of a list, batch by batch: copied beside its place, finished there, renamed into place. A build that
 * is already in place stays, so that an attempt continues where the previous one stopped. Sources that do not exist,
 * and builds that cannot be copied, are reported and skipped; failures of the storage or the signer that may pass are
 * retried.
 */
export async function copySlice(
  deps: Dependencies,
  work: Slice & {
    readonly actionId: number;
    readonly destination: DirectoryId;
    /** The whole list. */
    readonly copies: readonly BuildCopy[];
  },
  finishing: Finishing,
  { signal, earlier, remember }: Beating<CopyProgress>,
): Promise<CopiedSlice> {
  const end = Math.min(work.first + work.atMost, work.copies.length);
  const deadline = Date.now() + MAX_MS;
  if (activityInfo().attempt > 1) await deps.copies.dropUnfinished(work.destination);
  let progress = earlier ?? { ...NOTHING_COPIED, next: work.first, absent: [], failures: [] };
  while (progress.next < end && Date.now() < deadline) {
    const waiting = work.copies.slice(progress.next, end);
    const size = Math.min(MAX_BUILDS, Math.ceil(waiting.length / LANES));
    const batches = Array.from({ length: LANES }, (_, lane) => waiting.slice(lane * size, (lane + 1) * size));
    const ends = await Promise.allSettled(batches.map((batch) => copyBatch(deps, batch, finishing, signal)));
    for (const [lane, end] of ends.entries()) {
      if (end.status === 'rejected') throw end.reason;
      progress = add(progress, end.value, batches[lane]?.length ?? 0);
    }
    remember(progress);
  }
  const { next, ...sum } = progress;
  deps.log.info({ actionId: work.actionId, ...work.destination, ...sum, upTo: next }, 'builds copied');
  return { ...sum, next: next >= work.copies.length ? null : next };
}

/** The result of copying. */
type Copied = {
  readonly counts: CopyCounts;
  readonly absent: readonly BuildPlace[];
  readonly failures: readonly CopyFailure[];
};

/** Copies all of them, in parts whose packages do not fill the disk. */
async function copyBatch(
  deps: Dependencies,
  copies: readonly BuildCopy[],
  finishing: Finishing,
  signal: AbortSignal,
): Promise<Copied> {
  let sum: Copied = { counts: NOTHING_COPIED, absent: [], failures: [] };
  for (let first = 0; first < copies.length;) {
    const part = await stagePart(deps, copies.slice(first), finishing, signal);
    const { counts, absent, failures } = await finishPart(deps, part, finishing, signal);
    sum = {
      counts: addCounts(sum.counts, counts),
      absent: [...sum.absent, ...absent],
      failures: [...sum.failures, ...failures],
    };
    first += part.taken;
  }
  return sum;
}

type Part = {
  readonly taken: number;
  readonly staged: readonly StagedCopy[];
  readonly standing: readonly BuildPlace[];
  readonly absent: readonly BuildPlace[];
  readonly failures: readonly CopyFailure[];
};

/** Copies builds beside their places: all of them, or as many as `MAX_BYTES` allows. */
async function stagePart(
  deps: Dependencies,
  copies: readonly BuildCopy[],
  finishing: Finishing,
  signal: AbortSignal,
): Promise<Part> {
  const staged: StagedCopy[] = [];
  const standing: BuildPlace[] = [];
  const absent: BuildPlace[] = [];
  const failures: CopyFailure[] = [];
  let [taken, bytes] = [0, 0];
  try {
    while (taken < copies.length && bytes < MAX_BYTES) {
      signal.throwIfAborted();
      const group = copies.slice(taken, taken + AT_ONCE);
      const ends = await Promise.allSettled(group.map((copy) => stage(deps, copy, finishing, signal)));
      const results = ends.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : []));
      for (const result of results) {
        if ('staged' in result) {
          staged.push(result.staged);
          bytes += result.staged.packageBytes;
        } else if ('standing' in result) standing.push(result.standing);
        else if ('absent' in result) absent.push(result.absent);
        else failures.push(result);
      }
      for (const end of ends) if (end.status === 'rejected') throw end.reason;
      taken += group.length;
    }
    return { taken, staged, standing, absent, failures };
  } catch (error) {
    for (const copy of staged) await deps.copies.drop(copy);
    throw error;
  }
}

async function finishPart(
  deps: Dependencies,
  { staged, standing, absent, failures }: Part,
  finishing: Finishing,
  signal: AbortSignal,
): Promise<Copied> {
  try {
    const refused = staged.length === 0 ? [] : await finishing.finish(staged, signal);
    const isRefused = ({ to }: StagedCopy): boolean => refused.some(({ place }) => place === to);
    for (const copy of staged.filter(isRefused)) await deps.copies.drop(copy);
    // An attempt that was superseded by another must commit nothing.
    signal.throwIfAborted();
    const committed = await deps.copies.commit(staged.filter((copy) => !isRefused(copy)));
    const damaged = standing.length === 0 ? [] : await finishing.repair(standing, signal);
    const all = [...failures, ...refused, ...damaged];
    for (const { place, failure } of all) deps.log.warn({ ...place, failure }, 'build is not copied');
    for (const place of absent) deps.log.warn({ ...place }, 'no such build in the source, left out');
    const copied = committed.flatMap(({ bytes }) => bytes ?? []);
    const counts = {
      copied: copied.length,
      standing: committed.length - copied.length + standing.length - damaged.length,
      missing: absent.length,
      failed: all.length,
      bytes: copied.reduce((sum, bytes) => sum + bytes, 0),
    };
    return { counts, absent, failures: all };
  } catch (error) {
    for (const copy of staged) await deps.copies.drop(copy);
    throw error;
  }
}

type Stage =
  { readonly staged: StagedCopy } | { readonly standing: BuildPlace } | { readonly absent: BuildPlace } | CopyFailure;

async function stage(deps: Dependencies, copy: BuildCopy, { missing }: Finishing, signal: AbortSignal): Promise<Stage> {
  try {
    const staging = await deps.copies.stage(copy, signal);
    if (staging.state === 'standing') return { standing: copy.to };
    if (staging.state === 'missing') {
      const failure = missing(copy.from);
      return failure === null ? { absent: copy.from } : { place: copy.from, failure };
    }
    const leftOut = staging.copy.leftOut.slice(0, 20);
    if (leftOut.length > 0) deps.log.warn({ ...copy.from, leftOut }, 'not copied along with its build');
    return { staged: staging.copy };
  } catch (error) {
    return { place: copy.to, failure: failureOf(error) };
  }
}

/** The failure of one build; rethrows failures that may pass, or that concern more than one build. */
function failureOf(error: unknown): FailureFact {
  if (!(error instanceof PortFailure) || error.retryable || isKeyRefusal(error.code)) throw error;
  return { code: error.code, message: error.message };
}

/**
 * Runs `work` for all at once, which is cheapest. If that is refused for good, it finds the items responsible by
 * halving, and the others go on.
 */
export async function allButRefused<T>(
  items: readonly T[],
  placeOf: (item: T) => BuildPlace,
  work: (items: readonly T[]) => Promise<void>,
): Promise<readonly CopyFailure[]> {
  if (items.length === 0) return [];
  try {
    await work(items);
    return [];
  } catch (error) {
    const failure = failureOf(error);
    const [only] = items;
    if (items.length === 1 && only !== undefined) return [{ place: placeOf(only), failure }];
    const half = Math.ceil(items.length / 2);
    const halves = [items.slice(0, half), items.slice(half)];
    const refused: CopyFailure[] = [];
    for (const part of halves) refused.push(...(await allButRefused(part, placeOf, work)));
    return refused;
  }
}

function add(progress: CopyProgress, copied: Copied, taken: number): CopyProgress {
  const nameOf = ({ chroot, targetDir }: BuildPlace): string => `${chroot}/${targetDir}`;
  const failures = copied.failures.map(({ place, failure }) => ({ build: nameOf(place), failure }));
  return {
    ...addCounts(progress, copied.counts),
    next: progress.next + taken,
    absent: [...progress.absent, ...copied.absent.map(nameOf)].slice(0, TOLD),
    failures: [...progress.failures, ...failures].slice(0, TOLD),
  };
}
