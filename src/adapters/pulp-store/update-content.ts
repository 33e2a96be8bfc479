import { PortFailure } from '../../ports/port-failure.js';
import type { Repository } from '../pulp/answers.js';
import type { PulpContent } from '../pulp/pulp-client.js';
import { MAX_UNITS_PER_CALL } from '../pulp/read-answer.js';
import type { Modification } from '../pulp/repositories.js';
import { taskFailure, type TaskWatch } from '../pulp/tasks.js';
import type { BuildRecord, RecordedPackage } from './build-record.js';
import { readKnownContent, writeKnownContent, type Content, type ListedUnit } from './known-content.js';
import { placeOf } from './wanted-content.js';

/** More than one, because a canceled task or somebody else's change may leave half of what was asked for. */
const ATTEMPTS = 3;

/** Units that join a repository, and that leave it. */
type Change = { readonly add: readonly ListedUnit[]; readonly remove: readonly ListedUnit[] };

/**
 * Makes a repository have exactly the wanted packages of its builds, by one new version, or none if it has them.
 * Packages that no build here knows (another service put them there) stay unless a wanted one takes their place.
 * `lost` are those that Pulp no longer has, by their sha256: the repository does without them. Resolves after the newest
 * version was read back. Rejects with `PulpTaskFailed` if it never had what was wanted, and `PulpRefused` if Pulp lacks
 * a package of a build that is to be added.
 */
export async function updateContent(input: {
  readonly client: PulpContent;
  readonly name: string;
  readonly chrootDir: string;
  readonly records: readonly BuildRecord[];
  /** What the repository has to list, by sha256, if these are lost. */
  readonly wanted: (lost: ReadonlyMap<string, RecordedPackage>) => ReadonlyMap<string, RecordedPackage>;
  /** Builds that are to be added. */
  readonly adding: readonly string[];
  readonly watch: TaskWatch;
}): Promise<Content & { readonly lost: ReadonlyMap<string, RecordedPackage> }> {
  const { client, name, chrootDir, watch } = input;
  let repository = await client.repositories.ensure(name, watch.signal);
  const known = await readKnownContent(chrootDir, name);
  let content = known?.version === repository.latest_version_href ? known : await listed(client, repository, watch);
  for (let attempts = 0; ;) {
    const { version, units } = content;
    const { change, lost } = await missingChange(input, units);
    if (isNothing(change)) {
      if (known?.version !== version) await writeKnownContent(chrootDir, name, content);
      return { ...content, lost };
    }
    const batch = firstPart(change);
    const modified = await client.repositories.modify(repository, hrefsOf(batch), watch);
    const isStuck = modified.repository.latest_version_href === version;
    if (isStuck || batch === change) attempts += 1;
    if (attempts === ATTEMPTS && isStuck) throw taskFailure(`content of ${name}`, modified.end);
    if (attempts > ATTEMPTS) throw taskFailure(`content of ${name} after ${attempts} changes`, modified.end);
    repository = modified.repository;
    if (!isStuck) content = await contentAfter(content, { client, repository, change: batch, watch });
  }
}

/**
 * The content of the newest version after a change. It follows from the content before if Pulp counts exactly what was
 * asked for, in the version that follows that one; otherwise the version is listed.
 */
async function contentAfter(
  before: Content,
  after: Pick<Parameters<typeof updateContent>[0], 'client' | 'watch'> & {
    readonly repository: Repository;
    readonly change: Change;
  },
): Promise<Content> {
  const { client, repository, change, watch } = after;
  const version = repository.latest_version_href;
  const leaving = new Set(change.remove.map(({ pulp_href: href }) => href));
  const units = [...before.units.filter(({ pulp_href: href }) => !leaving.has(href)), ...change.add];
  const counts = await client.repositories.packageCounts(version, watch.signal);
  const isAsAsked =
    numberOf(version) === numberOf(before.version) + 1 &&
    counts.added === change.add.length &&
    counts.removed === change.remove.length &&
    counts.present === units.length;
  return isAsAsked ? { version, units } : listed(client, repository, watch);
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

/** What the version with these units lacks, and has too much. A lost package may make room for that of another build. */
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
    const found = await client.packages.find(
      missing.map(([sha256]) => sha256),
      watch.signal,
    );
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
