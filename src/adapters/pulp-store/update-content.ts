import { PortFailure } from '../../ports/port-failure.js';
import type { Unit } from '../pulp/answers.js';
import type { PulpContent } from '../pulp/pulp-client.js';
import { MAX_UNITS_PER_CALL } from '../pulp/read-answer.js';
import type { Modification } from '../pulp/repositories.js';
import { taskFailure, type TaskWatch } from '../pulp/tasks.js';
import type { BuildRecord, RecordedPackage } from './build-record.js';
import { placeOf } from './wanted-content.js';

/** More than one, because a canceled task or somebody else's change may leave half of what was asked for. */
const ATTEMPTS = 3;

/** A repository's newest version, and its packages. */
export type Content = { readonly version: string; readonly units: readonly Unit[] };

/**
 * Makes a repository have exactly the wanted packages of its builds, by one new version, or none if it has them.
 * Packages that no build here knows (another service put them there) stay unless a wanted one takes their place.
 * Resolves after the newest version was read back. Rejects with `PulpTaskFailed` if it never had what was wanted, and
 * `PulpRefused` if Pulp lacks a package.
 */
export async function updateContent(input: {
  readonly client: PulpContent;
  readonly name: string;
  readonly records: readonly BuildRecord[];
  readonly content: ReadonlyMap<string, RecordedPackage>;
  readonly watch: TaskWatch;
}): Promise<Content> {
  const { client, name, watch } = input;
  let repository = await client.repositories.ensure(name, watch.signal);
  for (let attempts = 0; ;) {
    const version = repository.latest_version_href;
    const units = await client.packages.ofVersion(version, watch.signal);
    const change = await missingChange(input, units);
    if (isNothing(change)) return { version, units };
    const batch = firstPart(change);
    const modified = await client.repositories.modify(repository, batch, watch);
    const isStuck = modified.repository.latest_version_href === version;
    if (isStuck || batch === change) attempts += 1;
    if (attempts === ATTEMPTS && isStuck) throw taskFailure(`content of ${name}`, modified.end);
    if (attempts > ATTEMPTS) throw taskFailure(`content of ${name} after ${attempts} changes`, modified.end);
    repository = modified.repository;
  }
}

/** What the version with these units lacks, and has too much. */
async function missingChange(
  input: Parameters<typeof updateContent>[0],
  units: readonly Unit[],
): Promise<Modification> {
  const { client, name, records, content, watch } = input;
  const known = new Set(records.flatMap(({ packages, left }) => [...packages, ...left].map(({ sha256 }) => sha256)));
  const places = new Set([...content.values()].map(placeOf));
  const isLeaving = (unit: Unit): boolean =>
    !content.has(unit.sha256) && (known.has(unit.sha256) || places.has(placeOf(unit)));
  const there = new Set(units.map(({ sha256 }) => sha256));
  const missing = [...content.keys()].filter((sha256) => !there.has(sha256));
  const found = await client.packages.find(missing, watch.signal);
  return {
    add: missing.map((sha256) => found.get(sha256)?.pulp_href ?? absent(name, content.get(sha256))),
    remove: units.filter(isLeaving).map(({ pulp_href: href }) => href),
  };
}

function isNothing({ add, remove }: Modification): boolean {
  return add.length + remove.length === 0;
}

/** As much as one request may name; the change itself if that is all of it. */
function firstPart(change: Modification): Modification {
  if (change.add.length + change.remove.length <= MAX_UNITS_PER_CALL) return change;
  const add = change.add.slice(0, MAX_UNITS_PER_CALL);
  return { add, remove: change.remove.slice(0, MAX_UNITS_PER_CALL - add.length) };
}

function absent(name: string, missing: RecordedPackage | undefined): never {
  const file = missing?.file ?? 'a package';
  throw new PortFailure('PulpRefused', `${name}: Pulp no longer has ${file}, which a build of it brought there`);
}
