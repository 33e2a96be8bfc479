import assert from 'node:assert/strict';
import { lstat, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { createProjectTree } from '../../../src/adapters/project-tree/project-tree.js';
import { runCommand } from '../../../src/adapters/process/run-command.js';
import { createResultTree } from '../../../src/adapters/result-tree/result-tree.js';
import { givenDirectory } from '../../support/given-directory.js';

const SOURCE = { owner: 'jdoe', project: 'hello' };
const DESTINATION = { owner: '@web', project: 'world' };
const RENAME = { source: SOURCE, destination: DESTINATION, action: 50, sign: true };
const CHROOT = 'fedora-44-x86_64';
const PLACE = { owner: 'jdoe', dirname: 'hello', chroot: CHROOT, targetDir: '00000007-hello' };
const DIRNAMES = ['world', 'world:pr:12', 'world:pr:7'];
const MAP = ['', ':pr:12', ':pr:7'].map((suffix) => `/jdoe/hello${suffix} /@web/world${suffix}\n`).join('');

describe('rename of a project', function () {
  this.timeout(120_000);
  let place: Awaited<ReturnType<typeof givenDirectory>>;
  beforeEach(async () => {
    place = await givenDirectory();
    for (const dirname of ['hello', 'hello:pr:7', 'hello:pr:12', 'helloworld'])
      await put(`jdoe/${dirname}/${CHROOT}/00000007-hello/hello.rpm`, dirname);
    await put(`jdoe/hello/${CHROOT}/repodata/.generations/abc.asc`, 'a signature of the old key');
    await put('jdoe/hello/pinned/x/7/repodata/repomd.xml', 'pinned');
    await put(`jdoe/hello/${CHROOT}/.departed.json`, '[]');
    await put('jdoe/hello/.staging/left/over', 'x');
    await put('jdoe/hello/pubkey.gpg', 'old');
  });
  afterEach(() => place.remove());
  const at = (...names: readonly string[]): string => path.join(place.path, ...names);
  const tree = (): ReturnType<typeof createProjectTree> => createProjectTree({ destdir: place.path });
  const results = (): ReturnType<typeof createResultTree> => createResultTree({ destdir: place.path });

  async function put(file: string, content: string): Promise<void> {
    await mkdir(path.dirname(at(file)), { recursive: true });
    await writeFile(at(file), content);
  }

  /** Everything below the root but times, with content: what two ends are compared by. */
  async function everything(root = place.path): Promise<ReadonlyMap<string, string>> {
    const all = new Map<string, string>();
    for (const name of (await readdir(root, { recursive: true })).sort()) {
      const stats = await lstat(path.join(root, name));
      const text = stats.isFile() ? await readFile(path.join(root, name), 'utf8') : stats.isDirectory() ? '/' : '@';
      all.set(name, text.replaceAll(/"at":"[^"]*"/g, '').replaceAll(/"inode":"\d+"/g, ''));
    }
    return all;
  }

  const map = (name = 'map.txt'): Promise<string> => readFile(at('.renamed', name), 'utf8');
  const refusal = { code: 'RenameRefused', retryable: false };

  it('moves every directory of it with all that lies there, and lets old URLs lead on', async () => {
    const before = await everything(at('jdoe/hello'));
    assert.deepEqual(await tree().rename(RENAME), DIRNAMES);
    const after = new Map(await everything(at('@web/world')));
    assert.deepEqual(
      [...after],
      [...before].filter(([name]) => !name.endsWith('.asc')),
      'all but the old key’s signatures',
    );
    assert.deepEqual(await readdir(at('jdoe')), ['helloworld'], 'and nothing of another project');
    assert.equal(await map(), MAP);
    assert.equal(await map('map.nginx'), MAP.replaceAll('\n', ';\n'));
    const once = await everything();
    assert.deepEqual(await tree().rename(RENAME), DIRNAMES, 'the same action again');
    assert.deepEqual(await everything(), once);
  });

  it('is whole, or goes on, wherever the process dies', async () => {
    const script = fileURLToPath(new URL('../../fixtures/rename-process.ts', import.meta.url));
    const steps = [
      ['looked', 1],
      ['noted', 1],
      ...[1, 2, 3].flatMap((nth) => [
        ['marked', nth],
        ['moved', nth],
      ]),
      ['all moved', 1],
    ] as const;
    const untouched = await everything();
    await tree().rename(RENAME);
    const end = await everything();
    for (const [step, nth] of steps) {
      await rm(place.path, { recursive: true });
      for (const [name, text] of untouched) if (text !== '/') await put(name, text);
      const args = ['--import', 'tsx', script, place.path, String(step), String(nth)];
      const died = await runCommand(process.execPath, args, { timeoutMs: 60_000 });
      assert.notEqual(died.code, 0, `it died at ${step} ${nth}`);
      if (step === 'looked') assert.deepEqual(await everything(), untouched);
      assert.deepEqual(await tree().rename(RENAME), DIRNAMES, `${step} ${nth}`);
      assert.deepEqual(await everything(), end, `${step} ${nth}`);
    }
  });

  it('refuses, and touches nothing', async () => {
    const cases: readonly (readonly [string, () => Promise<unknown>, RegExp])[] = [
      ['a name that is taken', () => put('@web/world/fedora-44-x86_64/x', ''), /@web\/world exists/],
      ['one of its side branches', () => put('@web/world:pr:99/fedora-44-x86_64/x', ''), /@web\/world:pr:99 exists/],
      ['a held repository', () => givenHold(), /hello:pr:7\/fedora-44-x86_64 is held/],
      [
        'a link in the place of a directory',
        () => symlink('/etc', at('jdoe/hello:pr:1')),
        /hello:pr:1 is not a directory/,
      ],
      ['a link in the place of the new owner', () => symlink(at('jdoe'), at('@web')), /symbolic link/],
      ['a source that is not there', () => rm(at('jdoe'), { recursive: true }), /jdoe\/hello does not exist/],
    ];
    const untouched = await everything();
    for (const [what, prepare, why] of cases) {
      await rm(place.path, { recursive: true });
      for (const [name, text] of untouched) if (text !== '/') await put(name, text);
      await prepare();
      const before = await everything();
      await assert.rejects(tree().rename(RENAME), { ...refusal, message: why }, what);
      assert.deepEqual(await everything(), before, what);
    }

    function givenHold(): Promise<void> {
      const hold = { generation: '1', since: '2026-01-01T00:00:00.000Z', by: 'operator', reason: null };
      return put(`jdoe/hello:pr:7/${CHROOT}/repodata/.generations/hold.json`, JSON.stringify(hold));
    }
  });

  it('takes a place in which only a key was laid', async () => {
    await put('@web/world/pubkey.gpg', 'the new name’s key');
    await mkdir(at('@web/world/.staging'));
    assert.deepEqual(await tree().rename(RENAME), DIRNAMES);
    assert.equal(await readFile(at('@web/world/pubkey.gpg'), 'utf8'), 'old');
  });

  it('is another action’s to end while it is half done', async () => {
    const script = fileURLToPath(new URL('../../fixtures/rename-process.ts', import.meta.url));
    await runCommand(process.execPath, ['--import', 'tsx', script, place.path, 'moved', '2'], { timeoutMs: 60_000 });
    const elsewhere = { source: SOURCE, destination: { owner: 'jdoe', project: 'else' }, action: 51, sign: true };
    await assert.rejects(tree().rename(elsewhere), { ...refusal, message: /half renamed.*end action 50 first/ });
    await assert.rejects(tree().rename({ ...elsewhere, source: DESTINATION }), refusal);
    // A build has taken the old name again before the second attempt: it is not mistaken for what is to be moved.
    await results().buildDirectories.prepare({ ...PLACE, targetDir: '00000008-new' }, 'run');
    assert.deepEqual(await tree().rename(RENAME), DIRNAMES);
    assert.deepEqual(await readdir(at('jdoe/hello', CHROOT)), ['00000008-new']);
  });

  it('follows a second rename, and one back', async () => {
    const third = { owner: 'jdoe', project: 'third' };
    await tree().rename(RENAME);
    await tree().rename({ source: DESTINATION, destination: third, action: 60, sign: true });
    assert.deepEqual((await map()).split('\n').sort(), [
      '',
      '/@web/world /jdoe/third',
      '/@web/world:pr:12 /jdoe/third:pr:12',
      '/@web/world:pr:7 /jdoe/third:pr:7',
      '/jdoe/hello /jdoe/third',
      '/jdoe/hello:pr:12 /jdoe/third:pr:12',
      '/jdoe/hello:pr:7 /jdoe/third:pr:7',
    ]);
    await assert.rejects(tree().rename(RENAME), { ...refusal, message: /action 50 renamed it to jdoe\/third/ });
    await tree().rename({ source: third, destination: SOURCE, action: 70, sign: true });
    const lines = (await map()).split('\n').filter((line) => line !== '');
    assert.ok(lines.length === 6 && lines.every((line) => / \/jdoe\/hello(:pr:\d+)?$/.test(line)), lines.join());
    assert.ok(lines.every((line) => !line.startsWith('/jdoe/hello')));
  });

  it('ends the old URLs when the name is taken again, and those to a project that is deleted', async () => {
    await tree().rename(RENAME);
    await results().buildDirectories.prepare({ ...PLACE, dirname: 'hello:pr:9' }, 'run');
    assert.equal(await map(), '', 'a new project of the old name, if only a side branch of it');
    await tree().rename({
      source: DESTINATION,
      destination: { owner: 'jdoe', project: 'third' },
      action: 60,
      sign: true,
    });
    assert.notEqual(await map(), '');
    await tree().rememberDeletion({ owner: 'jdoe', dirname: 'third:pr:7', chroot: null }, 61);
    assert.notEqual(await map(), '');
    await tree().rememberDeletion({ owner: 'jdoe', dirname: 'third', chroot: null }, 62);
    assert.equal(await map(), '');
    assert.equal(await map('map.nginx'), '');
  });

  it('keeps the maps right when several are renamed at the same time', async () => {
    const numbers = Array.from({ length: 12 }, (_, index) => index);
    for (const number of numbers) await put(`jdoe/p${number}/${CHROOT}/x`, '');
    await Promise.all(
      numbers.map((number) =>
        createProjectTree({ destdir: place.path }).rename({
          source: { owner: 'jdoe', project: `p${number}` },
          destination: { owner: 'jdoe', project: `q${number}` },
          ...{ action: number, sign: false },
        }),
      ),
    );
    const lines = numbers.map((number) => `/jdoe/p${number} /jdoe/q${number}`);
    assert.deepEqual((await map()).trim().split('\n').sort(), lines.sort());
  });

  it('leaves a build that was under way a clear end, and the old name to a new project', async () => {
    const tree0 = results();
    await tree0.buildDirectories.prepare(PLACE, 'run');
    const staging = await tree0.stagingArea.create(PLACE);
    const log = await tree0.liveLogs.follow(PLACE, 0);
    await tree().rename(RENAME);
    const gone = {
      code: 'ProjectRenamed',
      retryable: false,
      message: /renamed to @web\/world meanwhile \(action 50\)/,
    };
    await assert.rejects(log.write(0, Buffer.from('the builder goes on')), gone);
    await log.close();
    await assert.rejects(tree0.buildResults.deliver({ ...PLACE, staging }), gone);
    await assert.rejects(tree0.stagingArea.create(PLACE), gone);
    await assert.rejects(tree0.projectKeys.write(PLACE, 'key'), gone);
    await assert.rejects(tree0.buildDirectories.refuseDeleted(PLACE), gone);
    // Steps that end a build go through without a word.
    await tree0.backendLog.note(PLACE, ['over']);
    await tree0.stagingArea.discard(PLACE);
    assert.deepEqual(await tree0.backendLog.compressLogs(PLACE), []);
    assert.deepEqual(await readdir(at('jdoe')), ['helloworld']);
    assert.deepEqual(await tree().renamedBy({ owner: 'jdoe', dirname: 'hello:pr:7', chroot: null }), {
      action: 50,
      to: '@web/world:pr:7',
    });
    await tree0.buildDirectories.prepare({ ...PLACE, targetDir: '00000009-hello' }, 'another');
    assert.equal(await map(), '');
  });
});
