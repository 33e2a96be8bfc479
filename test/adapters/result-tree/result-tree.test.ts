import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { lstat, mkdir, readFile, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { createResultTree } from '../../../src/adapters/result-tree/result-tree.js';
import type { BuildStorage } from '../../../src/ports/build-storage.js';
import { createTreePaths } from '../../../src/adapters/file-tree/paths.js';
import type { BuildPlace, StagedPlace } from '../../../src/ports/build/build-place.js';
import { givenDirectory } from '../../support/given-directory.js';
import { buildPath, stagedPath } from '../../support/result-paths.js';
import { givenRpms } from '../../support/given-rpms.js';
import { refusalOf } from '../../support/rejection.js';

const PLACE = { owner: '@group', dirname: 'project:pr:1', chroot: 'fedora-42-x86_64', targetDir: '00000012-hello' };

describe('createResultTree', () => {
  let root: Awaited<ReturnType<typeof givenDirectory>>;
  let tree: BuildStorage;
  let clock: number;
  let directory: string;

  beforeEach(async () => {
    root = await givenDirectory();
    clock = 0;
    tree = createResultTree({
      destdir: root.path,
      clock: () => clock,
      now: () => new Date('2026-01-02T03:04:05.067Z'),
    });
    directory = buildPath(root.path, PLACE);
  });
  afterEach(() => root.remove());

  /** The directory of a new place among the staged results. */
  const newStaging = async (place: BuildPlace = PLACE): Promise<string> =>
    stagedPath(root.path, { ...place, staging: await tree.stagingArea.create(place) });
  const staged = (at: string): StagedPlace => ({ ...PLACE, staging: path.basename(at) });
  const file = (...names: string[]): string => path.join(directory, ...names);
  const read = (...names: string[]): Promise<string> => readFile(file(...names), 'utf8');
  const fill = async (at: string, names: Readonly<Record<string, string>>): Promise<void> => {
    for (const [name, content] of Object.entries(names)) {
      await mkdir(path.dirname(path.join(at, name)), { recursive: true });
      await writeFile(path.join(at, name), content);
    }
  };
  const list = async (at = directory): Promise<string[]> =>
    (await readdir(at)).filter((name) => !name.startsWith('.')).sort();

  describe('paths', () => {
    it('are the names below the root', () => {
      assert.equal(directory, path.join(root.path, '@group/project:pr:1/fedora-42-x86_64/00000012-hello'));
    });

    it('never leave the root, whatever the names are', () => {
      fc.assert(
        fc.property(
          fc.record({ owner: fc.string(), dirname: fc.string(), chroot: fc.string(), targetDir: fc.string() }),
          (place) => {
            try {
              const built = createTreePaths(root.path).build(place);
              return (
                built.startsWith(root.path + path.sep) && built.split('/').length === root.path.split('/').length + 4
              );
            } catch {
              return true;
            }
          },
        ),
      );
      for (const owner of ['..', '.', '', 'a/b', '.hidden', 'a\n', 'a\0b'])
        assert.throws(() => createTreePaths(root.path).build({ ...PLACE, owner }));
    });

    it('do not follow a link out of the tree', async () => {
      const outside = await givenDirectory();
      await mkdir(path.join(root.path, PLACE.owner));
      await symlink(outside.path, path.join(root.path, PLACE.owner, PLACE.dirname));
      const refusal = await refusalOf(tree.buildDirectories.prepare(PLACE, 'run-1'));
      assert.deepEqual([refusal.code, refusal.retryable], ['StorageFailed', false]);
      assert.equal((await refusalOf(tree.stagingArea.create(PLACE))).code, 'StorageFailed');
      assert.equal((await refusalOf(tree.projectKeys.write(PLACE, 'key'))).code, 'StorageFailed');
      assert.deepEqual(await readdir(outside.path), []);
      await outside.remove();
    });

    it('turn a refusal of the system into a line that says what to do', async () => {
      await writeFile(path.join(root.path, PLACE.owner), 'a file in the way');
      const refusal = await refusalOf(tree.buildDirectories.prepare(PLACE, 'run-1'));
      assert.deepEqual([refusal.code, refusal.retryable], ['StorageFailed', true]);
      assert.match(refusal.message, /ENOTDIR|EEXIST/);
    });
  });

  describe('prepare', () => {
    it('puts away what another run left', async () => {
      await tree.buildDirectories.prepare(PLACE, 'run-1');
      await fill(directory, {
        'build.info': 'old',
        'backend.log.gz': 'old',
        'build.log': 'old',
        'hello.rpm': 'old',
        success: 'done',
        '.delivered': '{}',
        'fedora-review/review.txt': 'old',
        'prev_build_backup/build.log': 'older',
      });
      await symlink('/etc/passwd', file('evil.log'));
      await tree.buildDirectories.prepare(PLACE, 'run-2');
      assert.deepEqual(await list(), ['hello.rpm', 'prev_build_backup']);
      assert.deepEqual(await list(file('prev_build_backup')), ['backend.log.gz', 'build.info', 'build.log']);
      assert.equal(await read('prev_build_backup', 'build.log'), 'old');
      assert.deepEqual(
        (await readdir(directory)).filter((name) => name.startsWith('.')),
        ['.run'],
      );
    });

    it('leaves everything as it is for the run it was made ready for', async () => {
      await tree.buildDirectories.prepare(PLACE, 'run-1');
      await fill(directory, { 'backend.log': 'mine', success: 'done' });
      await tree.buildDirectories.prepare(PLACE, 'run-1');
      assert.deepEqual(await list(), ['backend.log', 'success']);
    });

    it('does not write logs through a link in the place of the backup', async () => {
      const outside = await givenDirectory();
      await mkdir(directory, { recursive: true });
      await fill(directory, { 'build.log': 'old' });
      await symlink(outside.path, file('prev_build_backup'));
      await tree.buildDirectories.prepare(PLACE, 'run-1');
      assert.deepEqual(await readdir(outside.path), []);
      await outside.remove();
    });
  });

  describe('note', () => {
    it('appends lines in the known format', async () => {
      await tree.buildDirectories.prepare(PLACE, 'run-1');
      await tree.backendLog.note(PLACE, ['first\nsecond\n', 'tab\tand \u001b[31mcolour']);
      await tree.backendLog.note(PLACE, ['bad'], 'ERROR');
      const head = `[2026-01-02 03:04:05,067][  INFO][PID:${process.pid}] `;
      assert.equal(
        await read('backend.log'),
        `${head}first\n${head}second\n${head}tab\tand colour\n${head.replace('  INFO', ' ERROR')}bad\n`,
      );
    });

    it('writes nothing when the run is over or the directory is gone', async () => {
      await tree.backendLog.note(PLACE, ['too early']);
      await tree.buildDirectories.prepare(PLACE, 'run-1');
      await fill(directory, { 'backend.log.gz': 'x' });
      await tree.backendLog.note(PLACE, ['too late']);
      assert.deepEqual(await list(), ['backend.log.gz']);
    });
  });

  it('writes build.info without a newline at its end', async () => {
    await tree.buildDirectories.prepare(PLACE, 'run-1');
    await tree.buildDirectories.writeBuildInfo(PLACE, { buildId: 12, host: '192.0.2.1' });
    assert.equal(await read('build.info'), 'build_id=12\nbuilder_ip=192.0.2.1');
  });

  describe('live log', () => {
    beforeEach(() => tree.buildDirectories.prepare(PLACE, 'run-1'));

    it('puts every byte at its offset, behind a divider', async () => {
      assert.equal(await tree.liveLogs.begin(PLACE, '-- first --'), 0);
      const first = await tree.liveLogs.follow(PLACE, 0);
      await first.write(0, Buffer.from('one\ntwo'));
      await first.close();
      const base = await tree.liveLogs.begin(PLACE, '-- second --');
      assert.equal(await tree.liveLogs.begin(PLACE, '-- second --'), base);
      const second = await tree.liveLogs.follow(PLACE, base);
      await second.write(0, Buffer.from('three'));
      await second.write(3, Buffer.from('ee\n'));
      await second.close();
      await second.close();
      assert.equal(await read('builder-live.log'), 'one\ntwo\n-- second --\nthree\n');
      const third = await tree.liveLogs.follow(PLACE, base);
      assert.equal(third.size, 6);
      await third.close();
    });

    it('refuses to leave a hole', async () => {
      const log = await tree.liveLogs.follow(PLACE, 0);
      assert.equal((await refusalOf(log.write(1, Buffer.from('x')))).code, 'LogBroken');
      await log.close();
    });

    it('lets only the newest follower write', async () => {
      const older = await tree.liveLogs.follow(PLACE, 0);
      await older.write(0, Buffer.from('older'));
      const newer = await tree.liveLogs.follow(PLACE, 0);
      clock += 200;
      const refusal = await refusalOf(older.write(5, Buffer.from(' must not be there')));
      assert.deepEqual([refusal.code, refusal.retryable], ['LogBroken', false]);
      await newer.write(5, Buffer.from(' newer'));
      assert.equal(await read('builder-live.log'), 'older newer');
      await older.close();
      await newer.close();
    });

    it('is the builder’s log whatever pieces it came in, and however often', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.uint8Array({ minLength: 1, maxLength: 200 }),
          fc.array(fc.nat(200)),
          async (bytes, cuts) => {
            await rm(file('builder-live.log'), { force: true });
            const log = await tree.liveLogs.follow(PLACE, 0);
            let end = 0;
            for (const cut of [...cuts, 0]) {
              const from = Math.min(cut, end);
              const to = Math.min(bytes.length, end + cut);
              await log.write(from, Buffer.from(bytes.slice(from, to)));
              end = Math.max(end, to);
            }
            await log.write(end, Buffer.from(bytes.slice(end)));
            await log.close();
            assert.deepEqual(new Uint8Array(await readFile(file('builder-live.log'))), bytes);
          },
        ),
        { numRuns: 30 },
      );
    });
  });

  describe('staging', () => {
    it('is a fresh directory outside every chroot directory, found again by its name', async () => {
      const one = await newStaging();
      const other = await newStaging();
      assert.notEqual(one, other);
      assert.equal(path.dirname(one), path.join(root.path, PLACE.owner, PLACE.dirname, '.staging'));
      assert.deepEqual(await tree.buildResults.rpms(staged(one)), []);
      assert.equal((await lstat(path.dirname(one))).mode & 0o777, 0o700, 'the web server must not see it');
    });

    it('refuses names that are not of this build', async () => {
      const staging = await tree.stagingArea.create(PLACE);
      const wrong = ['..', '', `${staging}x`, `../${staging}`, staging.toUpperCase(), '/etc'].map((name) => ({
        ...PLACE,
        staging: name,
      }));
      for (const place of [{ ...PLACE, targetDir: '00000012-hell', staging }, ...wrong]) {
        const { deliver, deliverForReading, rpms } = tree.buildResults;
        const mark = tree.stagingArea.markDownloaded(place, { ticket: 1, files: 0, bytes: 0 });
        for (const refused of [mark, deliver(place), deliverForReading(place), rpms(place)])
          assert.equal((await refusalOf(refused)).code, 'StorageFailed', place.staging);
      }
    });

    it('goes with all attempts of the build, and with no other build', async () => {
      await newStaging();
      await newStaging();
      const other = await newStaging({ ...PLACE, targetDir: '00000012-hello2' });
      await tree.stagingArea.discard(PLACE);
      assert.deepEqual(await readdir(path.dirname(other)), [path.basename(other)]);
      await tree.stagingArea.discard({ ...PLACE, dirname: 'empty' });
    });
  });

  describe('deliver', () => {
    const RESULTS = { 'hello.rpm': 'new', success: 'done', 'fedora-review/review.txt': 'new', 'build.log.gz': 'new' };
    const DELIVERED = ['backend.log', 'build-00000012.rsync.log', 'build.info', 'build.log.gz', 'builder-live.log'];

    beforeEach(async () => {
      await tree.buildDirectories.prepare(PLACE, 'run-1');
      await fill(directory, { 'hello.rpm': 'old', 'gone.rpm': 'old', 'build.log.gz/trap': 'a directory' });
      await fill(directory, {
        'backend.log': 'mine',
        'builder-live.log': 'mine',
        'build.info': 'mine',
        'build-00000012.rsync.log': 'mine',
      });
    });
    const isDelivered = async (): Promise<void> => {
      assert.deepEqual(await list(), [...DELIVERED, 'fedora-review', 'hello.rpm', 'success']);
      assert.deepEqual(
        [await read('hello.rpm'), await read('build.log.gz'), await read('build.info')],
        ['new', 'new', 'mine'],
      );
    };

    it('replaces what another run left and keeps what is the backend’s own', async () => {
      const staging = await newStaging();
      await fill(staging, { ...RESULTS, 'build.info': 'forged', '.run': 'forged', 'backend.log.gz': 'forged' });
      await tree.buildResults.deliver(staged(staging));
      await isDelivered();
      assert.equal(await read('.run'), 'run-1');
      await assert.rejects(lstat(staging), { code: 'ENOENT' });
    });

    it('can be repeated', async () => {
      const staging = await newStaging();
      await fill(staging, RESULTS);
      await tree.buildResults.deliver(staged(staging));
      await tree.buildResults.deliver(staged(staging));
      await isDelivered();
    });

    it('goes on where a crash ended it, after any number of moves', async () => {
      for (let moved = 0; moved <= Object.keys(RESULTS).length; moved++) {
        const staging = await newStaging();
        await fill(staging, RESULTS);
        const entries = (await readdir(staging)).sort();
        const manifest = { staging: path.basename(staging), entries, complete: false };
        await writeFile(file('.delivered'), JSON.stringify(manifest));
        for (const name of entries.slice(0, moved)) {
          await rm(file(name), { recursive: true, force: true });
          await rename(path.join(staging, name), file(name));
        }
        if (moved === entries.length) await rm(staging, { recursive: true });
        await tree.buildResults.deliver(staged(staging));
        await isDelivered();
      }
    });

    it('delivers a second attempt over the first', async () => {
      const first = await newStaging();
      await fill(first, { 'first.rpm': 'first', success: 'done' });
      await tree.buildResults.deliver(staged(first));
      const second = await newStaging();
      await fill(second, RESULTS);
      await tree.buildResults.deliver(staged(second));
      await isDelivered();
    });

    it('takes back what the repository refused, and nothing that another run delivered', async () => {
      const first = await newStaging();
      await fill(first, { 'first.rpm': 'first', success: 'done' });
      await tree.buildResults.deliver(staged(first));
      const staging = await newStaging();
      await fill(staging, RESULTS);
      await tree.buildResults.deliver(staged(staging));
      assert.equal(await tree.buildResults.withdraw(staged(first)), 0, 'it is not what lies there');
      await isDelivered();
      for (const again of [1, 2]) {
        assert.equal(await tree.buildResults.withdraw(staged(staging)), 1, `time ${again}`);
        assert.deepEqual(await list(), [...DELIVERED, 'fedora-review']);
      }
    });

    it('keeps the packages of the run before when this one failed', async () => {
      const staging = await newStaging();
      await fill(staging, { 'build.log.gz': 'new' });
      await tree.buildResults.deliver(staged(staging));
      assert.deepEqual(await list(), [...DELIVERED, 'gone.rpm', 'hello.rpm']);
      assert.equal(await read('hello.rpm'), 'old');
    });

    it('says so when the staged results are gone', async () => {
      const staging = await newStaging();
      await rm(staging, { recursive: true });
      const refusal = await refusalOf(tree.buildResults.deliver(staged(staging)));
      assert.deepEqual([refusal.code, refusal.retryable], ['StorageFailed', false]);
      assert.equal(await read('gone.rpm'), 'old');
    });

    it('refuses links that lead out and special files, and touches nothing', async () => {
      const hostile: readonly ((at: string) => Promise<unknown>)[] = [
        (at) => symlink('/etc/passwd', path.join(at, 'absolute')),
        (at) => symlink('../../../secret', path.join(at, 'upwards')),
        async (at) => {
          await mkdir(path.join(at, 'inner'));
          await symlink('../..', path.join(at, 'inner', 'up'));
        },
        (at) => Promise.resolve(execFileSync('mkfifo', [path.join(at, 'pipe')])),
      ];
      for (const make of hostile) {
        const staging = await newStaging();
        await make(staging);
        assert.equal((await refusalOf(tree.buildResults.deliver(staged(staging)))).code, 'ResultsInvalid');
        assert.equal(await read('gone.rpm'), 'old');
      }
    });
  });

  describe('results', () => {
    const HELLO = { name: 'hello', epoch: '1', version: '1.0~rc1', release: '1.fc42', arch: 'x86_64' };
    const results = async (content: unknown): Promise<string> => {
      const staging = await newStaging();
      await writeFile(
        path.join(staging, 'results.json'),
        typeof content === 'string' ? content : JSON.stringify(content),
      );
      return staging;
    };

    it('lists the packages, epochs as numbers', async () => {
      const source = { ...HELLO, epoch: null, arch: 'src' };
      const staging = await results({ packages: [HELLO, source], more: 1 });
      assert.deepEqual(await tree.buildResults.readRpmResults(staged(staging)), {
        packages: [{ ...HELLO, epoch: 1 }, source],
      });
    });

    it('reads a source build', async () => {
      const tags = { 'fedora-42': { exclusivearch: ['x86_64'] } };
      const staging = await results({
        name: 'atool',
        epoch: 0,
        version: '2.4',
        release: '1',
        architecture_specific_tags: tags,
      });
      assert.deepEqual(await tree.buildResults.readSourceResults(staged(staging)), {
        ...{ name: 'atool', epoch: 0, version: '2.4', release: '1', architectureSpecificTags: tags },
      });
    });

    it('refuses a file that is not a results.json', async () => {
      const wrong = [
        'not json',
        '[]',
        '{}',
        '{"packages":[{"name":"x"}]}',
        JSON.stringify({ packages: [{ ...HELLO, name: '../../etc/passwd' }] }),
        JSON.stringify({ packages: [{ ...HELLO, release: '-rf /' }] }),
        JSON.stringify({ packages: [{ ...HELLO, epoch: -1 }] }),
        `{"packages":${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
        `{"packages":[],"x":"${'x'.repeat(17 * 1024 * 1024)}"}`,
      ];
      for (const content of wrong) {
        const refusal = await refusalOf(tree.buildResults.readRpmResults(staged(await results(content))));
        assert.deepEqual([refusal.code, refusal.retryable], ['ResultsInvalid', false], content.slice(0, 80));
      }
      const staging = await newStaging();
      assert.match((await refusalOf(tree.buildResults.readRpmResults(staged(staging)))).message, /missing/);
      await symlink('/etc/passwd', path.join(staging, 'results.json'));
      assert.equal((await refusalOf(tree.buildResults.readRpmResults(staged(staging)))).code, 'ResultsInvalid');
    });

    it('names RPMs that nobody listed, by what they say of themselves, and what is none', async () => {
      const staging = await results({ packages: [] });
      await givenRpms(staging, { name: 'evil' });
      const release = '2.x%{macro}';
      await givenRpms(staging, { name: 'hello', release, fileName: 'any-%{NAME}.rpm' });
      await fill(staging, { 'damaged-1-1.x86_64.rpm': 'damaged' });
      await symlink('any-hello.rpm', path.join(staging, 'link-1-1.x86_64.rpm'));
      const package_ = { name: 'hello', epoch: null, version: '1.0', release };
      const packages = ['src', 'noarch'].map((arch) => ({ ...package_, arch }));
      assert.deepEqual(await tree.buildResults.foreignRpms(staged(staging), { packages }), {
        unreadable: ['damaged-1-1.x86_64.rpm', 'link-1-1.x86_64.rpm'],
        unlisted: ['evil-1.0-1.noarch.rpm', 'evil-1.0-1.src.rpm'],
      });
      assert.deepEqual(await tree.buildResults.rpms(staged(staging)), [
        ...['any-hello.rpm', 'damaged-1-1.x86_64.rpm', 'evil-1.0-1.noarch.rpm', 'evil-1.0-1.src.rpm'],
        'hello-1.0-2.x%{macro}.src.rpm',
      ]);
    });

    it('takes the names of packages that rpm takes', async () => {
      const package_ = { ...HELLO, epoch: null, release: '2.x%{macro}' };
      const read = await tree.buildResults.readRpmResults(staged(await results({ packages: [package_] })));
      assert.equal(read.packages[0]?.release, '2.x%{macro}');
      assert.equal((await tree.buildResults.readSourceResults(staged(await results(package_)))).release, '2.x%{macro}');
    });

    it('sees the success marker', async () => {
      const staging = await newStaging();
      assert.equal(await tree.buildResults.hasSuccess(staged(staging)), false);
      await fill(staging, { success: 'done' });
      assert.equal(await tree.buildResults.hasSuccess(staged(staging)), true);
    });
  });

  it('compresses the logs, also after a crash in the middle', async () => {
    await tree.buildDirectories.prepare(PLACE, 'run-1');
    await fill(directory, { 'backend.log': 'b', 'builder-live.log': 'l', 'fedora-review/fedora-review.log': 'f' });
    await writeFile(file('builder-live.log.gz'), gzipSync('l').subarray(0, 5));
    const names = ['builder-live.log.gz', 'backend.log.gz', 'fedora-review/fedora-review.log.gz'];
    assert.deepEqual(await tree.backendLog.compressLogs(PLACE), names);
    assert.deepEqual(await tree.backendLog.compressLogs(PLACE), names);
    assert.equal(gunzipSync(await readFile(file('builder-live.log.gz'))).toString(), 'l');
    assert.deepEqual(await list(), ['backend.log.gz', 'builder-live.log.gz', 'fedora-review']);
  });

  it('keeps backend.log open beside its compressed copy until it is closed for good', async () => {
    await tree.buildDirectories.prepare(PLACE, 'run-1');
    await tree.backendLog.note(PLACE, ['canceled']);
    assert.equal(await tree.backendLog.isCompressed(PLACE), false);
    await fill(directory, { 'builder-live.log': 'l' });
    await tree.backendLog.compressLogs(PLACE, { keepsOpen: true });
    assert.deepEqual(await list(), ['backend.log', 'backend.log.gz', 'builder-live.log.gz']);
    assert.equal(await tree.backendLog.isCompressed(PLACE), true);
    const text = async (): Promise<string> => gunzipSync(await readFile(file('backend.log.gz'))).toString();
    assert.match(await text(), /canceled\n$/);
    await tree.backendLog.note(PLACE, ['Builder released']);
    await tree.backendLog.compressLogs(PLACE);
    assert.deepEqual(await list(), ['backend.log.gz', 'builder-live.log.gz']);
    assert.match(await text(), /canceled\n.*Builder released\n$/);
  });

  it('writes the public key only when it differs', async () => {
    assert.equal(await tree.projectKeys.has(PLACE), false);
    await tree.projectKeys.write(PLACE, 'key one');
    const key = path.join(root.path, PLACE.owner, PLACE.dirname, 'pubkey.gpg');
    const before = await lstat(key);
    await tree.projectKeys.write(PLACE, 'key one');
    assert.equal((await lstat(key)).ino, before.ino);
    await tree.projectKeys.write(PLACE, 'key two');
    assert.deepEqual([await readFile(key, 'utf8'), before.mode & 0o777], ['key two', 0o644]);
    assert.equal(await tree.projectKeys.has(PLACE), true);
    assert.deepEqual(await readdir(path.dirname(key)), ['pubkey.gpg']);
  });
});
