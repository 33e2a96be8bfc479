import assert from 'node:assert/strict';
import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createGpgSigner } from '../../../src/adapters/gpg/signer.js';
import { runCommand } from '../../../src/adapters/process/run-command.js';
import { exists } from '../../../src/adapters/files/entries.js';
import { repomdSigner } from '../../../src/adapters/repository-store/signing/repomd-signer.js';
import { givenDirectory } from '../../support/given-directory.js';
import { givenRepository, REPOSITORY, type GivenRepository } from '../../support/given-repository.js';

const MODULES = `---
document: modulemd
version: 2
data: {name: one, stream: "1", version: 1, context: abcd, arch: noarch, summary: a, description: a, license: {module: [MIT]}}
...
`;

describe('metadata beside that of packages', () => {
  let given: GivenRepository;
  afterEach(() => given.remove());
  const types = async (): Promise<readonly string[]> =>
    (await given.metadata()).repomd.files.map((file) => file.type).sort();
  /** Its record in repomd.xml, and its bytes. */
  const recordOf = async (type: string): Promise<readonly unknown[]> => {
    const record = (await given.metadata()).repomd.files.find((file) => file.type === type);
    return [record, await readFile(given.live(record?.name ?? ''))];
  };
  const contentOf = async (type: string): Promise<string> => {
    const { name = '' } = (await given.metadata()).repomd.files.find((file) => file.type === type) ?? {};
    return (await runCommand('zcat', ['-f', given.live(name)], { timeoutMs: 10_000 })).stdout;
  };

  it('has modules.yaml, notices that it changes and goes, and keeps what others have put there', async () => {
    given = await givenRepository();
    const { publish, build, chroot, live } = given;
    await writeFile(path.join(chroot, '..', 'updateinfo.xml'), '<updates/>').catch(async () => {
      await mkdir(chroot, { recursive: true });
      await writeFile(path.join(chroot, '..', 'updateinfo.xml'), '<updates/>');
    });
    await publish({});
    const added = await runCommand('modifyrepo_c', [path.join(chroot, '..', 'updateinfo.xml'), live()], {
      timeoutMs: 10_000,
    });
    assert.equal(added.code, 0, added.summary);
    const updates = await recordOf('updateinfo'); // in zstd since modifyrepo_c 1.2
    await writeFile(path.join(chroot, 'modules.yaml'), MODULES);
    await publish({ reread: true });
    await publish({ add: [await build('00000001-one')] });
    assert.deepEqual(await types(), ['filelists', 'modules', 'other', 'primary', 'updateinfo']);
    assert.equal(await contentOf('modules'), MODULES);
    assert.deepEqual(await recordOf('updateinfo'), updates);
    assert.equal((await publish({})).changed, false);

    await writeFile(path.join(chroot, 'modules.yaml'), MODULES.replaceAll('one', 'two'));
    assert.equal((await publish({})).changed, true);
    assert.match(await contentOf('modules'), /name: two/);
    await rm(path.join(chroot, 'modules.yaml'));
    await publish({});
    assert.deepEqual(await types(), ['filelists', 'other', 'primary', 'updateinfo']);
  });

  it('has appstream data in the same switch, and goes on with the last where it cannot be made', async () => {
    const bin = await givenDirectory();
    const program = path.join(bin.path, 'appstream-builder');
    given = await givenRepository({ appstreamBuilder: program });
    const { publish, build, chroot, warnings } = given;
    const script = async (end: string): Promise<void> => {
      const text = [
        '#!/bin/sh',
        'for a; do case $a in --output-dir=*) out=${a#*=};; --packages-dir=*) in=${a#*=};; --origin=*) origin=${a#*=};; esac; done',
        'mkdir -p "$out"',
        '{ echo "$origin"; cd "$in" && find . -name "*.rpm" | sort; } | gzip -n > "$out/appstream.xml.gz"',
        end,
      ];
      await writeFile(program, `${text.join('\n')}\n`);
      await chmod(program, 0o755);
    };
    try {
      await script('exit 0');
      await publish({ appstream: true, add: [await build('00000001-one'), await build('00000002-two')] });
      const published = await publish({ appstream: true, delete: ['00000002-two'] });
      assert.deepEqual([published.warnings, await types()], [[], ['appstream', 'filelists', 'other', 'primary']]);
      const named = given.rpmsOf('00000001-one').map((href) => `./${href}\n`);
      assert.equal(await contentOf('appstream'), `@group/project\n${named.join('')}`, 'nothing of what was deleted');
      await publish({ reread: true });
      assert.ok((await types()).includes('appstream'), 'what has no say in it keeps it');

      await script('echo "out of memory" >&2; exit 3');
      const failing = await publish({ appstream: true, add: [await build('00000003-three')] });
      assert.equal(failing.packages, 6);
      assert.match(
        failing.warnings.join(),
        /no new appstream metadata: .*appstream-builder exited with 3: out of memory/,
      );
      assert.ok((await types()).includes('appstream'));

      // No more to be run, and then gone: `spawn` says EACCES, and ENOENT.
      await chmod(program, 0o644);
      const locked = await publish({ appstream: true, add: [await build('00000004-next')] });
      assert.match(locked.warnings.join(), /no new appstream metadata: .* could not be started: EACCES/);
      await rm(program);
      const gone = await publish({ appstream: true, add: [await build('00000005-next')] });
      assert.match(gone.warnings.join(), /no new appstream metadata: .* could not be started: ENOENT/);
      assert.equal(warnings.filter((text) => text === 'appstream metadata could not be made').length, 3);
      await writeFile(path.join(chroot, '..', '.disable-appstream'), '');
      await publish({ appstream: true, delete: ['00000004-next'] });
      assert.ok(!(await types()).includes('appstream'));
    } finally {
      await bin.remove();
    }
  });

  it('goes on without appstream data where its program is not installed', async () => {
    given = await givenRepository();
    const published = await given.publish({ appstream: true, add: [await given.build('00000001-one')] });
    assert.equal(published.packages, 3);
    assert.deepEqual(published.warnings, [
      'no new appstream metadata: appstream-builder was not installed when this worker started',
    ]);
  });

  it('has signatures where they are wanted, which a rollback and a killed run leave right', async () => {
    const home = await givenDirectory();
    const signer = createGpgSigner({ home: home.path, signDomain: 'example.org' });
    given = await givenRepository({ sign: repomdSigner(signer) });
    const { publish, build, live, indexer } = given;
    const verified = async (): Promise<boolean> => {
      const ring = path.join(home.path, 'client.gpg');
      const dearmored = ['--batch', '--yes', '--dearmor', '--output', ring, live('repomd.xml.key')];
      await runCommand('gpg', dearmored, { timeoutMs: 10_000, env: { GNUPGHOME: home.path } });
      const args = ['--keyring', ring, live('repomd.xml.asc'), live('repomd.xml')];
      return (await runCommand('gpgv', args, { timeoutMs: 10_000 })).code === 0;
    };
    try {
      const first = await publish({ add: [await build('00000001-one')] });
      assert.ok(await verified());
      const signature = await readFile(live('repomd.xml.asc'), 'utf8');
      await publish({ add: [await build('00000002-two')] });
      assert.ok(await verified());
      const newer = await readFile(live('repomd.xml.asc'), 'utf8');
      await indexer.operate(REPOSITORY, { kind: 'rollback', generation: first.revision, by: 'root', reason: null }, {});
      assert.ok(await verified());
      assert.equal(await readFile(live('repomd.xml.asc'), 'utf8'), signature);
      await indexer.operate(REPOSITORY, { kind: 'release', by: 'root' }, {});
      assert.ok(await verified());

      await writeFile(live('repomd.xml.asc'), signature); // a run that died between signature and repomd.xml
      assert.equal(await verified(), false);
      assert.equal((await publish({})).changed, false);
      assert.equal(await readFile(live('repomd.xml.asc'), 'utf8'), newer);
    } finally {
      await signer.close();
      await home.remove();
    }
  });

  it('has no signature where none is wanted any more', async () => {
    given = await givenRepository({
      sign: () => () => Promise.resolve({ signature: 'a signature', publicKey: 'a key' }),
    });
    await given.publish({});
    assert.equal(await readFile(given.live('repomd.xml.asc'), 'utf8'), 'a signature');
    const unsigned = await givenRepository();
    await rm(unsigned.root, { recursive: true });
    await rename(given.root, unsigned.root);
    await given.remove();
    given = unsigned;
    await given.publish({ add: [await given.build('00000001-one')] });
    assert.equal(await exists(given.live('repomd.xml.asc')), false);
  });
});
