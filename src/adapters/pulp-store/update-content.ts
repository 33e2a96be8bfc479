import { PortFailure } from '../../ports/port-failure.js';
import type { Unit } from '../pulp/answers.js';
import type { PulpClient } from '../pulp/pulp-client.js';
import { MAX_UNITS_PER_CALL } from '../pulp/read-answer.js';
import { taskFailure, type TaskWatch } from '../pulp/tasks.js';
import type { BuildRecord, RecordedPackage } from './build-record.js';
import { placeOf } from './wanted-content.js';

/** A second one, because a canceled task or somebody else's change may have left half of the first. */
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
  readonly client: PulpClient;
  readonly name: string;
  readonly records: readonly BuildRecord[];
  readonly content: ReadonlyMap<string, RecordedPackage>;
  readonly watch: TaskWatch;
}): Promise<Content> {
  const { client, name, records, content, watch } = input;
  const known = new Set(records.flatMap(({ packages }) => packages.map(({ sha256 }) => sha256)));
  const places = new Set([...content.values()].map(placeOf));
  let repository = await client.repositories.ensure(name, watch.signal);
  for (let attempt = 1; ; attempt += 1) {
    const units = await client.packages.ofVersion(repository.latest_version_href, watch.signal);
    const there = new Set(units.map(({ sha256 }) => sha256));
    const isLeaving = (unit: Unit): boolean =>
      !content.has(unit.sha256) && (known.has(unit.sha256) || places.has(placeOf(unit)));
    const remove = units.filter(isLeaving).map(({ pulp_href: href }) => href);
    const missing = [...content.keys()].filter((sha256) => !there.has(sha256));
    if (missing.length + remove.length === 0) return { version: repository.latest_version_href, units };
    const found = await client.packages.find(missing, watch.signal);
    const add = missing.map((sha256) => found.get(sha256)?.pulp_href ?? absent(name, content.get(sha256)));
    const batch = {
      add: add.slice(0, MAX_UNITS_PER_CALL),
      remove: remove.slice(0, MAX_UNITS_PER_CALL - Math.min(add.length, MAX_UNITS_PER_CALL)),
    };
    const modified = await client.repositories.modify(repository, batch, watch);
    const isWhole = batch.add.length + batch.remove.length === add.length + remove.length;
    const isStuck = modified.repository.latest_version_href === repository.latest_version_href;
    if (isStuck && attempt >= ATTEMPTS) throw taskFailure(`content of ${name}`, modified.end);
    repository = modified.repository;
    if (isWhole && attempt > ATTEMPTS * 2) throw taskFailure(`content of ${name}`, modified.end);
  }
}

function absent(name: string, missing: RecordedPackage | undefined): never {
  const file = missing?.file ?? 'a package';
  throw new PortFailure('PulpRefused', `${name}: Pulp no longer has ${file}, which a build of it brought there`);
}
