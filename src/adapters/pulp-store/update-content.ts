import { PortFailure } from '../../ports/port-failure.js';
import type { Repository, Unit } from '../pulp/answers.js';
import type { PulpContent } from '../pulp/pulp-client.js';
import { MAX_UNITS_PER_CALL } from '../pulp/read-answer.js';
import type { CountedVersion, Modification, Modified } from '../pulp/repositories.js';
import { taskFailure, type TaskWatch } from '../pulp/tasks.js';
import type { BuildRecord, RecordedPackage } from './build-record.js';
import { readKnownContent, writeKnownContent, type Content, type ListedUnit } from './known-content.js';
import { placeOf } from './wanted-content.js';

/** More than one, because a canceled task or somebody else's change may leave half of what was asked for. */
const ATTEMPTS = 3;

export type Updated = Content & {
  readonly lost: ReadonlyMap<string, RecordedPackage>;
  /** The version, if this made it. */
  readonly made: CountedVersion | null;
};

/** Units that join a repository, and that leave it. */
type Change = { readonly add: readonly ListedUnit[]; readonly remove: readonly ListedUnit[] };

/**
 * Makes a repository have exactly the wanted packages of its builds, by one new version, or none if it has them.
 * Packages that no build here knows (another service put them there) stay unless a wanted one takes their place. `lost`
 * are those that Pulp no longer has, by their sha256: the repository does without them. Resolves after the newest
 * version was read back. Rejects with `PulpTaskFailed` if it never had what was wanted, and `PulpRefused` if Pulp lacks
 * a package of a build that is to be added.
 */
export async function updateContent(input: {
  readonly client: PulpContent;
  readonly name: string;
  readonly chrootDir: string;
  readonly records: readonly BuildRecord[];
  /** The packages that the repository has to list, by sha256, if these are lost. */
  readonly wanted: (lost: ReadonlyMap<string, RecordedPackage>) => ReadonlyMap<string, RecordedPackage>;
  /** Builds that are to be added. */
  readonly adding: readonly string[];
  /** Packages that were just seen at Pulp, by their sha256. */
  readonly units: ReadonlyMap<string, Unit>;
  readonly watch: TaskWatch;
}): Promise<Updated> {
  const { client, name, chrootDir, watch } = input;
  const known = await readKnownContent(chrootDir, name);
  let state = (known === null ? null : supposed(known, name)) ?? (await looked(input, known));
  let made: CountedVersion | null = null;
  for (let attempts = 0; ;) {
    const { repository, content, isSure } = state;
    const { version, units } = content;
    const { change, lost } = await missingChange(input, units);
    if (isNothing(change) && isSure) {
      if (known?.version !== version) await writeKnownContent(chrootDir, name, content);
      return { ...content, lost, made: made?.pulp_href === version ? made : null };
    }
    const batch = firstPart(change);
    const modified: Modified | null = isNothing(change)
      ? null
      : await client.repositories.modify(repository, hrefsOf(batch), watch).catch(refusedUnless(isSure));
    if (modified === null) {
      state = await looked(input, content);
      continue;
    }
    const newest = modified.repository.latest_version_href;
    const isStuck = newest === version;
    if (isStuck || batch === change) attempts += 1;
    if (attempts === ATTEMPTS && isStuck) throw taskFailure(`content of ${name}`, modified.end);
    if (attempts > ATTEMPTS) throw taskFailure(`content of ${name} after ${attempts} changes`, modified.end);
    const isOwn = modified.end.created.includes(newest);
    made = isOwn ? await client.repositories.countedVersion(newest, watch.signal) : null;
    const after = isStuck
      ? content
      : ((made === null ? null : contentAfter(content, batch, made)) ??
        (await listed(client, modified.repository, watch)));
    state = { repository: modified.repository, content: after, isSure: true };
  }
}

/** A repository, and the content of a version of it. `isSure`: that was the newest one just now. */
type State = { readonly repository: Repository; readonly content: Content; readonly isSure: boolean };

/**
 * The version that was listed last is the newest one, most likely; Pulp is not asked. A change of it shows whether it
 * is: the version after it is counted. Null for a note that names no version.
 */
function supposed(content: Content, name: string): State | null {
  const href = /^(.*\/)versions\/\d+\/$/.exec(content.version)?.[1];
  if (href === undefined) return null;
  return { repository: { pulp_href: href, name, latest_version_href: content.version }, content, isSure: false };
}

/** The newest version; it is listed if it is not the known one. */
async function looked(
  { client, name, watch }: Pick<Parameters<typeof updateContent>[0], 'client' | 'name' | 'watch'>,
  known: Content | null,
): Promise<State> {
  const repository = await client.repositories.ensure(name, watch.signal);
  const isKnown = known?.version === repository.latest_version_href;
  const content = known !== null && isKnown ? known : await listed(client, repository, watch);
  return { repository, content, isSure: true };
}

/** Null for a refusal of a change to what is not surely there: somebody else may have removed it. */
function refusedUnless(isSure: boolean): (error: unknown) => null {
  return (error) => {
    if (isSure || !(error instanceof PortFailure) || error.code !== 'PulpRefused') throw error;
    return null;
  };
}

/**
 * The content of a version that a change made. It follows from the content before if Pulp counts exactly what was asked
 * for, in the version that follows that one; null if it does not.
 */
function contentAfter(before: Content, change: Change, made: CountedVersion): Content | null {
  const leaving = new Set(change.remove.map(({ pulp_href: href }) => href));
  const units = [...before.units.filter(({ pulp_href: href }) => !leaving.has(href)), ...change.add];
  const isAsAsked =
    made.number === numberOf(before.version) + 1 &&
    made.counts.added === change.add.length &&
    made.counts.removed === change.remove.length &&
    made.counts.present === units.length;
  return isAsAsked ? { version: made.pulp_href, units } : null;
}

async function listed(client: PulpContent, repository: Repository, { signal }: TaskWatch): Promise<Content> {
  const version = repository.latest_version_href;
  return { version, units: await client.packages.ofVersion(version, signal) };
}

/** Of a version, by its href: `…/versions/7/`. */
function numberOf(version: string): number {
  return Number(/(\d+)\/$/.exec(version)?.[1]);
}

function hrefsOf({ add, remove }: Change): Modification {
  return { add: add.map(({ pulp_href: href }) => href), remove: remove.map(({ pulp_href: href }) => href) };
}

/**
 * The packages that the version with these units lacks, and those that it should not have. A lost package may make room
 * for that of another build.
 */
async function missingChange(
  input: Parameters<typeof updateContent>[0],
  units: readonly ListedUnit[],
): Promise<{ readonly change: Change; readonly lost: ReadonlyMap<string, RecordedPackage> }> {
  const { client, name, records, adding, watch } = input;
  const known = new Set(records.flatMap(({ packages, left }) => [...packages, ...left].map(({ sha256 }) => sha256)));
  const added = records.filter(({ build }) => adding.includes(build)).flatMap(({ packages }) => packages);
  const needed = new Set(added.map(({ sha256 }) => sha256));
  const there = new Set(units.map(({ sha256 }) => sha256));
  const lost = new Map<string, RecordedPackage>();
  for (;;) {
    const content = input.wanted(lost);
    const missing = [...content].filter(([sha256]) => !there.has(sha256));
    const seen = missing.flatMap(([sha256]) => input.units.get(sha256) ?? []);
    const unseen = missing.map(([sha256]) => sha256).filter((sha256) => !input.units.has(sha256));
    const found = new Map(await client.packages.find(unseen, watch.signal));
    for (const unit of seen) found.set(unit.sha256, unit);
    const absent = missing.filter(([sha256]) => !found.has(sha256));
    if (absent.length === 0) {
      const places = new Set([...content.values()].map(placeOf));
      const isLeaving = (unit: ListedUnit): boolean =>
        !content.has(unit.sha256) && (known.has(unit.sha256) || places.has(placeOf(unit)));
      return { change: { add: [...found.values()], remove: units.filter(isLeaving) }, lost };
    }
    for (const [sha256, one] of absent) {
      if (needed.has(sha256)) throw refusedFor(name, one);
      lost.set(sha256, one);
    }
  }
}

function isNothing({ add, remove }: Change): boolean {
  return add.length + remove.length === 0;
}

/** As much as one request may name; the change itself if that is all of it. */
function firstPart(change: Change): Change {
  if (change.add.length + change.remove.length <= MAX_UNITS_PER_CALL) return change;
  const add = change.add.slice(0, MAX_UNITS_PER_CALL);
  return { add, remove: change.remove.slice(0, MAX_UNITS_PER_CALL - add.length) };
}

function refusedFor(name: string, { file }: RecordedPackage): PortFailure {
  return new PortFailure('PulpRefused', `${name}: Pulp no longer has ${file}, which a build of it brought there`);
}
