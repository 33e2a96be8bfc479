import assert from 'node:assert/strict';
import { appendFile, link, mkdir, readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { createResignBuilds } from '../../../src/activities/signing/resign.js';
import { createGpgSigner, type GpgSigner } from '../../../src/adapters/gpg/signer.js';
import { createResultTree } from '../../../src/adapters/result-tree/result-tree.js';
import { createTreeSigner } from '../../../src/adapters/result-tree/signer.js';
import type { ResignedBatch } from '../../../src/contracts/signing/resign.js';
import { activityContext } from '../../support/activity.js';
import { fakePorts, withTree } from '../../support/fake-ports.js';
import { givenDirectory } from '../../support/given-directory.js';
import { givenRpms } from '../../support/given-rpms.js';

const TARGET = { owner: 'jdoe', dirname: 'hello:pr:1' };
const CHROOT = 'fedora-42-x86_64';
const PROJECT = { owner: 'jdoe', project: 'hello' };

describe('resignBuilds', function () {
  this.timeout(120_000);
  let root: Awaited<ReturnType<typeof givenDirectory>>;
  let signer: GpgSigner;
  let chroot: string;

  beforeEach(async () => {
    root = await givenDirectory();
    signer = createGpgSigner({ home: path.join(root.path, 'keys'), signDomain: 'example.org' });
    chroot = path.join(root.path, 'results', TARGET.owner, TARGET.dirname, CHROOT);
    await signer.ensureKey(PROJECT);
  });
  afterEach(async () => {
    await signer.close();
    await root.remove();
  });

  async function givenBuild(name: string): Promise<readonly string[]> {
    const directory = path.join(chroot, name);
    await mkdir(directory, { recursive: true });
    return (await givenRpms(directory, { name: name.slice(9) })).map((file) => path.join(directory, file));
  }

  function resign(after: string | null = null, isOpen = false, attempt = 1): Promise<ResignedBatch> {
    const ports = fakePorts({ messages: { isOpen: () => Promise.resolve(isOpen) } });
    const destdir = path.join(root.path, 'results');
    const { packageCopies, ...tree } = createResultTree({ destdir });
    const deps = { ...ports.deps, ...tree, signer: createTreeSigner({ destdir, files: signer }) };
    const run = createResignBuilds(withTree(deps, { packageCopies }));
    return activityContext({ attempt }).run(run, { target: TARGET, chroot: CHROOT, after });
  }

  it('signs what lacks a good signature, leaves the rest alone, and touches no other link of a package', async () => {
    const [first, second] = [await givenBuild('00000001-a'), await givenBuild('00000002-b')];
    const request = { project: PROJECT, digest: 'sha256', files: second } as const;
    await signer.sign(request);
    const inodes = await Promise.all(second.map(async (file) => (await stat(file)).ino));
    const elsewhere = path.join(root.path, 'elsewhere.rpm');
    await link(first[0] ?? '', elsewhere);
    const before = await readFile(elsewhere);

    assert.deepEqual(await resign(), { after: null, builds: 2, signed: 2, failed: 0, failures: [], isReplaced: true });
    await signer.verify({ ...request, files: [...first, ...second] });
    assert.deepEqual(await Promise.all(second.map(async (file) => (await stat(file)).ino)), inodes);
    assert.deepEqual(await readFile(elsewhere), before);
    assert.deepEqual(await readdir(path.join(path.dirname(chroot), '.staging')), []);
    const nothing = { after: null, builds: 2, signed: 0, failed: 0, failures: [] };
    assert.deepEqual(await resign(), { ...nothing, isReplaced: false });
    // An attempt before may have put packages in place, and died before it could say so.
    assert.deepEqual(await resign(null, false, 2), { ...nothing, isReplaced: true });
    assert.equal((await resign('00000001-a')).builds, 1);
  });

  it('leaves a broken build as it is, says so, and goes on', async () => {
    const [first, second] = [await givenBuild('00000001-a'), await givenBuild('00000002-b')];
    await appendFile(first[0] ?? '', 'x');
    const before = await readFile(first[1] ?? '');
    const batch = await resign();
    assert.deepEqual([batch.signed, batch.failed], [2, 1]);
    assert.equal(batch.failures[0]?.build, '00000001-a');
    assert.equal(batch.failures[0].failure.code, 'SigningFailed');
    assert.deepEqual(await readFile(first[1] ?? ''), before);
    assert.deepEqual(await readdir(path.join(path.dirname(chroot), '.staging')), []);
    await signer.verify({ project: PROJECT, digest: 'sha256', files: second });
  });

  it('keeps away from a build that is at work', async () => {
    const files = await givenBuild('00000001-a');
    assert.equal((await resign(null, true)).signed, 0);
    assert.equal((await signer.lacking({ project: PROJECT, digest: 'sha256', files })).length, 2);
  });
});
