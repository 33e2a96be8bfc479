import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import {
  createCreaterepoIndexer,
  type CreaterepoIndexerDeps,
} from '../../src/adapters/repository-store/repository-indexer.js';
import { placeOf, readMetadata, type Metadata } from '../../src/adapters/repository-store/metadata/metadata.js';
import type { RepositoryIndexer, IndexerRun } from '../../src/ports/repository/repository-indexer.js';
import { givenDirectory } from './given-directory.js';
import { givenRpms } from './given-rpms.js';

export const REPOSITORY = { owner: '@group', dirname: 'project:pr:1', chroot: 'fedora-42-x86_64' };
export const NOTHING: IndexerRun = {
  ...{ add: [], delete: [], removeRpms: [] },
  ...{ full: false, reread: false, devel: false, appstream: false, doStat: false },
};

/** One chroot directory of a results tree, with a clock that a test moves. */
export type GivenRepository = {
  readonly root: string;
  readonly chroot: string;
  readonly clock: { now: number };
  readonly warnings: string[];
  readonly indexer: RepositoryIndexer;
  readonly publish: (run: Partial<IndexerRun>) => ReturnType<RepositoryIndexer['publish']>;
  /** Real packages, `<name>` and `<name>-libs`, in a build directory `00000001-<name>`. */
  readonly build: (directory: string, summary?: string) => Promise<string>;
  /** A path in `repodata/`. */
  readonly live: (...names: readonly string[]) => string;
  readonly metadata: (repodata?: string) => Promise<Metadata>;
  /** The paths in the metadata, sorted. */
  readonly hrefs: (repodata?: string) => Promise<readonly string[]>;
  readonly rpmsOf: (build: string) => readonly string[];
  readonly remove: () => Promise<void>;
};

export async function givenRepository(
  deps: Partial<Omit<CreaterepoIndexerDeps, 'destdir' | 'now' | 'log'>> = {},
): Promise<GivenRepository> {
  const root = await givenDirectory();
  const chroot = path.join(root.path, REPOSITORY.owner, REPOSITORY.dirname, REPOSITORY.chroot);
  const clock = { now: 1_800_000_000_000 };
  const warnings: string[] = [];
  const indexer = createCreaterepoIndexer({
    destdir: root.path,
    resultsBaseurl: 'http://results.example/results/',
    graceHours: 1,
    now: () => clock.now,
    log: { warn: (_, message) => void warnings.push(message) },
    ...deps,
  });
  const live = (...names: readonly string[]): string => path.join(chroot, 'repodata', ...names);
  const metadata = async (repodata = live()): Promise<Metadata> => {
    const read = await readMetadata(placeOf(repodata));
    return read.state === 'whole' ? read : assert.fail(read.why);
  };
  return {
    ...{ root: root.path, chroot, clock, warnings, indexer, live, metadata },
    publish: (run) => indexer.publish(REPOSITORY, { ...NOTHING, ...run }, {}),
    build: async (name, summary = 'x') => {
      const directory = path.join(chroot, name);
      await mkdir(directory, { recursive: true });
      await givenRpms(directory, { name: name.slice(9), summary, subpackages: ['libs'] });
      return name;
    },
    hrefs: async (repodata) => [...(await metadata(repodata)).packages.keys()].sort(),
    rpmsOf: (name) =>
      ['-1.0-1.noarch.rpm', '-1.0-1.src.rpm', '-libs-1.0-1.noarch.rpm'].map((end) => `${name}/${name.slice(9)}${end}`),
    remove: root.remove,
  };
}
