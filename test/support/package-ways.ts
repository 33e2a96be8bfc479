import path from 'node:path';
import { createGpgSigner } from '../../src/adapters/gpg/signer.js';
import type { FileSigner } from '../../src/adapters/rpm/file-signer.js';
import { givenDirectory } from './given-directory.js';
import { rpmsIn } from './package-readers.js';
import type { RealActivities } from './real-activities.js';

/** Where builds are published, where they are branched to, and the project that forks them. */
export const SOURCE = { owner: 'jdoe', dirname: 'odd', chroot: 'fedora-rawhide-x86_64' };
export const RELEASE = { ...SOURCE, chroot: 'fedora-44-x86_64' };
export const FORK = { ...SOURCE, owner: 'alice', dirname: 'mine' };

const SOURCE_PROJECT = { owner: SOURCE.owner, project: SOURCE.dirname };
const FORK_PROJECT = { owner: FORK.owner, project: FORK.dirname };

/** Packages that were signed for the source project once instead of in each test. */
export type PackagePool = {
  readonly signer: FileSigner;
  /** The directory of a build's packages. */
  readonly results: (build: string) => string;
  /** Has `make` put packages into a build's directory, and signs them. */
  readonly put: (build: string, make: (directory: string) => Promise<void>) => Promise<void>;
  readonly remove: () => Promise<void>;
};

export async function givenPackagePool(): Promise<PackagePool> {
  const root = await givenDirectory();
  const signer = createGpgSigner({ home: path.join(root.path, 'keys'), signDomain: 'example.org' });
  await signer.ensureKey(SOURCE_PROJECT);
  const results = (build: string): string => path.join(root.path, 'results', build);
  return {
    signer,
    results,
    put: async (build, make) => {
      await make(results(build));
      await signer.sign({ project: SOURCE_PROJECT, digest: 'sha256', files: await rpmsIn(results(build)) });
    },
    remove: async () => {
      await signer.close();
      await root.remove();
    },
  };
}

/** Has builds of the source forked, each under another number, as in a frontend's action. */
export function forkBuilds(world: RealActivities, builds: readonly string[]): Promise<void> {
  const { chroot } = SOURCE;
  return world.copy({
    ...{ type: 'fork', source: SOURCE_PROJECT, destination: FORK_PROJECT, chroots: [chroot] },
    builds: builds.map((from) => ({ chroot, from, to: `1${from.slice(1)}` })),
  });
}

/** Rejects unless all files are signed with the key of the fork. */
export function verifyFork(signer: FileSigner, files: readonly string[]): Promise<void> {
  return signer.verify({ project: FORK_PROJECT, digest: 'sha256', files });
}

/** Has builds of the source branched into the release, as in a frontend's action. */
export function branchBuilds(world: RealActivities, builds: readonly string[]): Promise<void> {
  return world.copy({
    ...{ type: 'rawhideToRelease', project: SOURCE_PROJECT, dirname: SOURCE.dirname },
    ...{ from: SOURCE.chroot, to: RELEASE.chroot, builds, devel: false, appstream: false },
  });
}
