import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Batch } from './protocol.js';

/** Files that do not run in roots, and why. */
const NOT_IN_ROOTS = [
  'test/adapters/message-bus/buses.test.ts', // needs a RabbitMQ server, which is not a tool of a host
  'test/adapters/pulp/pulp-client.test.ts', // needs a Pulp with a PostgreSQL server, and a host has neither
  'test/adapters/pulp-store/repository-indexer.test.ts', // the same
  'test/adapters/pulp-store/storage-contract.test.ts', // the same
  'test/adapters/redis/log-daemon.test.ts', // needs a Redis server, which is not a tool of a host
  'test/system/redis-log.test.ts', // the same
  'test/system/roots.test.ts', // enters a root itself
  'test/system/test-hosts.test.ts', // the same
  'test/system/web-ui.test.ts', // needs a browser
];

/** Tests of what differs with an operator's host: how packages are signed, published, fetched and read. */
const SHORT = [
  'test/adapters/repository-store/repository-indexer.test.ts',
  'test/adapters/file-tree',
  'test/adapters/gpg',
  'test/adapters/project-tree',
  'test/adapters/result-tree',
  'test/adapters/rpm',
  'test/adapters/rsync',
  'test/adapters/ssh',
  'test/hosts',
];

/** Tests that involve createrepo_c: the rest does not change with another version of it. */
const PUBLICATION = [
  'test/adapters/repository-store',
  'test/adapters/project-tree',
  'test/hosts',
  'test/system/copies.test.ts',
  'test/system/first-package.test.ts',
  'test/system/odd-packages.test.ts',
  'test/system/recorded-actions.test.ts',
];

const ALL = ['test/adapters', 'test/hostile', 'test/hosts', 'test/playground', 'test/system'];

/** Tests that depend on Node and hardly on other programs. */
const NODE_TIERS = ['test/unit', 'test/replay', 'test/activities'];
/** One process per tier: they are hundreds of small files. */
const IN_ONE_PROCESS = ['test/boundary', ...NODE_TIERS];

/** All tiers of `npm test`, and those that need no root. */
const TIERS = [
  ...['unit', 'boundary', 'adapters', 'playground', 'activities', 'hostile', 'drill', 'workers', 'workflows', 'replay'],
  'system',
].map((tier) => `test/${tier}`);

/** Every path named in a list above; a test reports those that do not exist. */
export const NAMED_PLACES: readonly string[] = [
  ...new Set([...NOT_IN_ROOTS, ...SHORT, ...PUBLICATION, ...ALL, ...NODE_TIERS, ...TIERS]),
];

const SETS = { all: ALL, short: SHORT, publication: PUBLICATION, node: NODE_TIERS, tiers: TIERS };

export type TestSet = keyof typeof SETS;
export const TEST_SETS = Object.keys(SETS) as readonly TestSet[];

/** A set, or files and directories instead of one. */
export type Selection = { readonly set: TestSet; readonly files: readonly string[] };

/** The batches of a set, or of named files and directories. `inRoot`: they will run in a root. */
export function batchesOf(
  checkout: string,
  what: Selection,
  where: { readonly inRoot: boolean; readonly publicationOnly: boolean },
): readonly Batch[] {
  const filesOf = (place: string): readonly string[] =>
    filesBelow(checkout, place)
      .filter((file) => !where.inRoot || !NOT_IN_ROOTS.includes(file))
      .filter((file) => where.inRoot || !isBelow(file, 'test/hosts')) // they write files that only a root discards
      .filter((file) => !where.publicationOnly || PUBLICATION.some((place) => isBelow(file, place)));
  const batch = (files: readonly string[], name: string): Batch => ({ name: name.slice('test/'.length), files });
  const places = what.files.length > 0 ? what.files : SETS[what.set];
  return places
    .flatMap((place) =>
      what.files.length === 0 && IN_ONE_PROCESS.includes(place)
        ? [batch(filesOf(place), place)]
        : filesOf(place).map((file) => batch([file], file.replace(/\.test\.ts$/, ''))),
    )
    .filter(({ files }) => files.length > 0);
}

function filesBelow(checkout: string, place: string): readonly string[] {
  if (place.endsWith('.ts')) return [place];
  return readdirSync(join(checkout, place), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => join(place, name))
    .sort();
}

function isBelow(file: string, place: string): boolean {
  return file === place || file.startsWith(`${place}/`);
}
