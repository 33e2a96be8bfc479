import assert from 'node:assert/strict';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { runCommand } from '../../src/adapters/process/run-command.js';
import type { RepositoryId } from '../../src/contracts/names/ids.js';
import { newerCreaterepo, systemCreaterepo, type CreaterepoProgram } from '../../test/support/createrepo-programs.js';
import { repoquery } from '../../test/support/dnf-client.js';
import { assertAsFresh } from '../../test/support/fresh-metadata.js';
import { givenDirectory } from '../../test/support/given-directory.js';
import { givenLargeRpms } from '../../test/support/given-odd-rpms.js';
import { assertClientsReadWhatRpmReads, rpmsIn } from '../../test/support/package-readers.js';
import {
  branchBuilds,
  FORK,
  forkBuilds,
  givenPackagePool,
  RELEASE,
  SOURCE,
  verifyFork,
  type PackagePool,
} from '../../test/support/package-ways.js';
import { realActivities, type RealActivities } from '../../test/support/real-activities.js';

/**
 * How the payload is written: uncompressed, so that the package is as large as its content, or compressed to almost
 * nothing.
 */
const PAYLOADS = { plain: 'w.ufdio', packed: 'w3.zstdio' } as const;
const KINDS = ['plain', 'packed'] as const;
/** The packages that supersede the large ones are small. */
const NEWER_BYTES = 1024;
const OLDER = KINDS.map((kind, at) => `0000000${at + 1}-${kind}`);
const NEWER = KINDS.map((kind, at) => `0000001${at + 1}-${kind}`);

/**
 * Packages with one file of `bytes`, all zeros, are built, signed, published, forked, branched and pruned with both
 * generations of createrepo_c. Rejects if metadata differs from that of a fresh run, or if clients read other sizes
 * than rpm.
 */
export async function drillLargePackages({
  bytes,
  say,
}: {
  readonly bytes: number;
  readonly say: (line: string) => void;
}): Promise<void> {
  const pool = await givenPackagePool();
  try {
    for (const [at, kind] of KINDS.entries()) {
      for (const [build, size, release] of [
        [OLDER[at] ?? '', bytes, '1'],
        [NEWER[at] ?? '', NEWER_BYTES, '2'],
      ] as const)
        await pool.put(build, (directory) =>
          givenLargeRpms(directory, { name: `large-${kind}`, bytes: size, payload: PAYLOADS[kind], release }),
        );
      say(`${OLDER[at] ?? ''}: packages of ${(await sizesOf(pool.results(OLDER[at] ?? ''))).join(' and ')} bytes`);
    }
    for (const createrepo of [systemCreaterepo, newerCreaterepo]) await inEveryWay(pool, await createrepo(), say);
  } finally {
    await pool.remove();
  }
}

async function inEveryWay(pool: PackagePool, program: CreaterepoProgram, say: (line: string) => void): Promise<void> {
  const searched = process.env['PATH'];
  process.env['PATH'] = `${program.directory}:${searched ?? ''}`;
  const world = await realActivities(pool);
  const isWhole = async (repository: RepositoryId, way: string): Promise<void> => {
    await assertAsFresh(world.chroot(repository), program.path);
    await assertSizes(world.chroot(repository));
    say(`createrepo_c ${program.version}: ${way}`);
  };
  try {
    for (const build of OLDER) await world.build(SOURCE, build, pool.results(build));
    await isWhole(SOURCE, 'built, signed and published');
    await forkBuilds(world, OLDER);
    await verifyFork(pool.signer, await rpmsIn(world.chroot(FORK)));
    await isWhole(FORK, 'forked, and signed for the fork');
    await branchBuilds(world, OLDER);
    await isWhole(RELEASE, 'branched');
    await assertClientsReadWhatRpmReads(world.chroot(RELEASE));
    await pruned(pool, world);
    await isWhole(SOURCE, 'superseded and pruned');
  } finally {
    process.env['PATH'] = searched;
    await world.remove();
  }
}

async function pruned(pool: PackagePool, world: RealActivities): Promise<void> {
  for (const build of NEWER) await world.build(SOURCE, build, pool.results(build));
  const older = (await rpmsIn(world.chroot(SOURCE)))
    .map((file) => path.relative(world.chroot(SOURCE), file))
    .filter((file) => OLDER.includes(path.dirname(file)));
  assert.equal((await world.prune(SOURCE)).length, older.length);
  assert.deepEqual(
    (await world.prune(SOURCE)).toSorted(),
    OLDER.map((build) => `build ${build}`),
  );
}

/** dnf reads the size of each binary package's file, and of its content, which rpm installs. */
async function assertSizes(chroot: string): Promise<void> {
  const client = await givenDirectory();
  try {
    const wanted = await Promise.all(
      (await rpmsIn(chroot))
        .filter((file) => !file.endsWith('.src.rpm'))
        .map(async (file) => `${path.relative(chroot, file)} ${(await stat(file)).size} ${await installedSize(file)}`),
    );
    const format = ['--qf', '%{relativepath} %{downloadsize} %{installsize}', '--arch=noarch'];
    assert.deepEqual([...(await repoquery(client.path, chroot, format))].sort(), wanted.sort());
  } finally {
    await client.remove();
  }
}

async function installedSize(file: string): Promise<string> {
  const args = ['-qp', '--nosignature', '--nodigest', '--queryformat', '%{LONGSIZE}', file];
  const { code, stdout, summary } = await runCommand('rpm', args, { timeoutMs: 60_000 });
  assert.equal(code, 0, summary);
  return stdout;
}

async function sizesOf(directory: string): Promise<readonly number[]> {
  return Promise.all((await rpmsIn(directory)).map(async (file) => (await stat(file)).size));
}
