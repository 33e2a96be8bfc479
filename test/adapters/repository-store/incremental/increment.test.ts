import assert from 'node:assert/strict';
import { copyFile, mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Worker } from 'node:worker_threads';
import { createCreaterepoIndexer } from '../../../../src/adapters/repository-store/repository-indexer.js';
import { runCommand } from '../../../../src/adapters/process/run-command.js';
import type { Published } from '../../../../src/contracts/repository/repository.js';
import type { IndexerRun } from '../../../../src/ports/repository/repository-indexer.js';
import { KINDS } from '../../../../src/adapters/repository-store/incremental/documents.js';
import {
  newerCreaterepo,
  oldCreaterepo,
  systemCreaterepo,
  type CreaterepoProgram,
} from '../../../support/createrepo-programs.js';
import { locations, repoquery } from '../../../support/dnf-client.js';
import { givenDirectory } from '../../../support/given-directory.js';
import { givenRpms } from '../../../support/given-rpms.js';
import { documentsOf, repomdOf, textsOf } from '../../../support/metadata-documents.js';
import { refusalOf } from '../../../support/rejection.js';

const REPOSITORY = { owner: 'jdoe', dirname: 'hello', chroot: 'fedora-42-x86_64' };
/** A run that changes nothing. */
const NOTHING = {
  ...{ full: false, reread: false, doStat: false, devel: false, appstream: false },
  ...{ add: [], delete: [], removeRpms: [] },
};
const BASE = 'http://results.example/jdoe/hello/fedora-42-x86_64';

/** A document that createrepo_c 1.2.5 reads again when it updates. */
const MODULES = `---
document: modulemd-defaults
version: 1
data:
  module: hello
  stream: "1"
  profiles:
    1: [default]
`;

/** All of this process: one that another test file has started may wait for work still. */
const threads: Worker[] = [];
const remember = (thread: Worker): void => void threads.push(thread);
process.on('worker', remember);

describe('makeIncrement', () => {
  after(() => void process.off('worker', remember));

  for (const generation of [systemCreaterepo, newerCreaterepo]) {
    describe(`publications member by member, with createrepo_c ${generation === newerCreaterepo ? '1.2.5' : 'of the system'}`, () => {
      let root: Awaited<ReturnType<typeof givenDirectory>>;
      let program: CreaterepoProgram;
      let oracle: CreaterepoProgram;
      let chroot: string;
      let warnings: string[];
      let searched: string | undefined;

      before(async function () {
        this.timeout(120_000);
        program = await generation();
        oracle = await newerCreaterepo();
      });
      beforeEach(async () => {
        root = await givenDirectory();
        chroot = path.join(root.path, REPOSITORY.owner, REPOSITORY.dirname, REPOSITORY.chroot);
        warnings = [];
        searched = process.env['PATH'];
        process.env['PATH'] = `${program.directory}:${searched ?? ''}`;
      });
      afterEach(async () => {
        process.env['PATH'] = searched;
        await root.remove();
      });

      const publish = (run: Partial<IndexerRun>, signal?: AbortSignal): Promise<Published> =>
        createCreaterepoIndexer({
          destdir: root.path,
          resultsBaseurl: 'http://results.example',
          graceHours: 0, // what leaves the metadata leaves the tree, which createrepo_c is asked about
          incremental: { leastBytes: 0, memberBytes: 4096 },
          log: { warn: (_, message) => void warnings.push(message) },
        }).publish(REPOSITORY, { ...NOTHING, ...run }, signal === undefined ? {} : { signal });
      const live = (...names: string[]): string => path.join(chroot, 'repodata', ...names);
      const build = async (name: string, summary = 'x'): Promise<string> => {
        await mkdir(path.join(chroot, name), { recursive: true });
        await givenRpms(path.join(chroot, name), { name: name.slice(9), summary, subpackages: ['libs'] });
        return name;
      };
      const staging = async (): Promise<string[]> =>
        (await readdir(path.join(chroot, '..', '.staging'))).filter((name) => !name.startsWith('lock='));
      /** Every document is, uncompressed, what createrepo_c 1.2.5 makes of the whole tree. */
      const isAsCreaterepoSays = async (output: string, ...args: readonly string[]): Promise<void> => {
        const place = path.join(root.path, 'oracle');
        await rm(place, { recursive: true, force: true });
        await mkdir(place);
        const options = ['-q', '--no-database', '--general-compress-type=gz', '--outputdir', place, ...args];
        const made = await runCommand(oracle.path, [chroot, ...options], { timeoutMs: 60_000 });
        assert.equal(made.code, 0, made.summary);
        const theirs = await textsOf(await documentsOf(path.join(place, 'repodata')));
        const ours = await textsOf(await documentsOf(output));
        for (const kind of KINDS) assert.equal(ours[kind], theirs[kind], kind);
        const [one, other] = [await repomdOf(output), await repomdOf(path.join(place, 'repodata'))];
        for (const kind of KINDS) {
          const of = (repomd: typeof one): unknown => {
            const file = repomd.files.find(({ type }) => type === kind);
            return [file?.openChecksum, file?.openSize];
          };
          assert.deepEqual(of(one), of(other), `repomd.xml about ${kind}`);
        }
      };

      it('adds, replaces and forgets packages as createrepo_c would, and dnf and createrepo_c read the result', async () => {
        await publish({});
        await publish({ add: [await build('00000005-hello'), await build('00000006-other')] });
        await isAsCreaterepoSays(live());
        const late = await publish({ add: [await build('00000002-hello', 'an older build, published late')] });
        assert.deepEqual([late.packages, late.changed], [9, true]);
        assert.deepEqual(warnings.splice(0), [], 'a new repository misses nothing');
        await isAsCreaterepoSays(live());
        await rm(path.join(chroot, '00000005-hello'), { recursive: true });
        await build('00000005-hello', 'built again');
        await rm(path.join(chroot, '00000005-hello', 'hello-libs-1.0-1.noarch.rpm'));
        assert.equal((await publish({ add: ['00000005-hello'] })).packages, 8);
        await isAsCreaterepoSays(live());
        await publish({ add: [await build('00000007-hello'), await build('00000008-hello')] });
        await publish({ delete: ['00000007-hello'], removeRpms: ['00000008-hello/hello-libs-1.0-1.noarch.rpm'] });
        await isAsCreaterepoSays(live());
        assert.equal((await publish({ delete: ['00000008-hello'] })).packages, 8);
        await isAsCreaterepoSays(live());
        const again = await publish({ add: ['00000005-hello', '00000006-other'] });
        assert.deepEqual([again.packages, again.changed], [8, false]);
        assert.deepEqual(warnings, []);
        assert.deepEqual(await staging(), ['members=fedora-42-x86_64']);

        const dnf = path.join(root.path, 'dnf');
        const places = await locations(dnf, chroot, ['--available']);
        assert.deepEqual([...places].filter((place) => !place.endsWith('.src.rpm')).sort(), [
          ...['00000002-hello/hello-1.0-1.noarch.rpm', '00000002-hello/hello-libs-1.0-1.noarch.rpm'],
          ...['00000005-hello/hello-1.0-1.noarch.rpm'],
          ...['00000006-other/other-1.0-1.noarch.rpm', '00000006-other/other-libs-1.0-1.noarch.rpm'],
        ]);
        assert.ok((await repoquery(dnf, chroot, ['-l', 'other'])).length > 0);
        for (const reader of [program, oracle]) {
          const copy = path.join(root.path, `read-by-${reader.version}`);
          await mkdir(path.join(copy, 'repodata'), { recursive: true });
          const { files } = await repomdOf(live());
          for (const name of ['repomd.xml', ...files.map((file) => file.name)])
            await copyFile(live(name), path.join(copy, 'repodata', name));
          const options = [
            '--update',
            '--skip-stat',
            '--no-database',
            '--general-compress-type=gz',
            '--outputdir',
            copy,
          ];
          const read = await runCommand(reader.path, [chroot, '-v', ...options], { timeoutMs: 60_000 });
          assert.equal(read.code, 0, read.summary);
          assert.equal((read.stdout + read.stderr).split('CACHE HIT').length - 1, 8);
          assert.deepEqual(
            await textsOf(await documentsOf(path.join(copy, 'repodata'))),
            await textsOf(await documentsOf(live())),
          );
        }
      });

      it('keeps groups, module and appstream data, and makes new groups by createrepo_c', async () => {
        const comps = (id: string): string =>
          `<?xml version="1.0"?>\n<comps><group><id>${id}</id><name>${id}</name></group></comps>\n`;
        await mkdir(chroot, { recursive: true });
        await writeFile(path.join(chroot, 'comps.xml'), comps('one'));
        await writeFile(path.join(chroot, 'modules.yaml'), MODULES);
        await publish({ add: [await build('00000001-hello')], appstream: true });
        const appdata = path.join(root.path, 'appstream.xml');
        await writeFile(appdata, MODULES);
        const added = await runCommand('modifyrepo_c', ['--compress-type=gz', appdata, live()], { timeoutMs: 60_000 });
        assert.equal(added.code, 0, added.summary);
        const others = async (): Promise<unknown> =>
          (await repomdOf(live())).files
            .filter(({ type }) => !KINDS.some((kind) => kind === type))
            .map(({ type, checksum }) => `${type} ${checksum}`)
            .sort();
        const before = await others();
        assert.match(String(before), /appstream.*group.*modules/);
        await publish({ add: [await build('00000002-other')], appstream: true });
        assert.deepEqual(await others(), before);
        for (const { name } of (await repomdOf(live())).files) await readFile(live(name));
        await isAsCreaterepoSays(live());
        await writeFile(path.join(chroot, 'comps.xml'), comps('two'));
        assert.equal((await publish({})).changed, true);
        assert.notDeepEqual(await others(), before);
        assert.deepEqual(warnings, []);
      });

      it('updates devel metadata apart, with its base', async () => {
        await publish({ devel: true, add: [await build('00000001-hello')] });
        await publish({ devel: true, add: [await build('00000002-other')] });
        await publish({ devel: true, add: [await build('00000003-third')] });
        await isAsCreaterepoSays(path.join(chroot, 'devel', 'repodata'), '--baseurl', BASE);
        assert.deepEqual(await staging(), ['members=fedora-42-x86_64=devel']);
      });
    });
  }

  describe('publications member by member, when something is wrong', () => {
    let root: Awaited<ReturnType<typeof givenDirectory>>;
    let chroot: string;
    let warnings: string[];
    beforeEach(async () => {
      root = await givenDirectory();
      chroot = path.join(root.path, REPOSITORY.owner, REPOSITORY.dirname, REPOSITORY.chroot);
      warnings = [];
      for (const name of ['hello', 'other']) {
        await mkdir(path.join(chroot, `00000001-${name}`), { recursive: true });
        await givenRpms(path.join(chroot, `00000001-${name}`), { name });
      }
      await publish({ full: true });
      warnings.length = 0;
      await rm(path.join(chroot, '00000001-hello', 'hello-1.0-1.src.rpm'));
    });
    afterEach(() => root.remove());
    const publish = (run: Partial<IndexerRun>, signal?: AbortSignal, leastBytes = 0): Promise<Published> =>
      createCreaterepoIndexer({
        destdir: root.path,
        resultsBaseurl: 'http://results.example',
        graceHours: 1,
        incremental: { leastBytes },
        log: { warn: (_, message) => void warnings.push(message) },
      }).publish(REPOSITORY, { ...NOTHING, ...run }, signal === undefined ? {} : { signal });
    /** Ends threads that wait for work, and calls `work` with the one that the next update starts. */
    const atWork = async (work: (thread: Worker) => void): Promise<void> => {
      for (const thread of threads.splice(0)) await thread.terminate();
      process.once('worker', work);
    };
    const staging = async (): Promise<string[]> =>
      (await readdir(path.join(chroot, '..', '.staging'))).filter((name) => !name.startsWith('lock='));

    it('leaves small repositories to createrepo_c where it can update them', async function () {
      const searched = process.env['PATH'];
      const [old, newer] = [await oldCreaterepo(), await newerCreaterepo()];
      if (old === null) this.skip(); // a host without one that escapes anew
      try {
        process.env['PATH'] = `${newer.directory}:${searched ?? ''}`;
        assert.equal((await publish({ add: ['00000001-hello'] }, undefined, 1024 * 1024)).packages, 3);
        assert.deepEqual(await staging(), []);
        process.env['PATH'] = `${old.directory}:${searched ?? ''}`;
        assert.equal((await publish({ delete: ['00000001-other'] }, undefined, 1024 * 1024)).packages, 1);
        assert.deepEqual(await staging(), ['members=fedora-42-x86_64']);
      } finally {
        process.env['PATH'] = searched;
      }
    });

    it('has createrepo_c do it when the thread is killed', async () => {
      await atWork((thread) => void thread.terminate());
      const published = await publish({ add: ['00000001-hello'] });
      assert.deepEqual([published.packages, published.changed], [3, true]);
      assert.deepEqual(warnings, ['createrepo_c makes all metadata of this repository']);
    });

    it('ends its thread with the signal, and nothing is published or left', async () => {
      const before = await readFile(path.join(chroot, 'repodata', 'repomd.xml'), 'utf8');
      const cancel = new AbortController();
      await atWork(() => cancel.abort());
      await assert.rejects(publish({ add: ['00000001-hello'] }, cancel.signal), { name: 'AbortError' });
      assert.equal(await readFile(path.join(chroot, 'repodata', 'repomd.xml'), 'utf8'), before);
      assert.deepEqual(await staging(), []);
      assert.equal((await publish({ add: ['00000001-hello'] })).packages, 3);
    });

    it('reads everything anew when a published file is not what repomd.xml says', async () => {
      const { filelists } = await documentsOf(path.join(chroot, 'repodata'));
      const content = await readFile(filelists.path);
      content.writeUInt8(content.readUInt8(content.length >> 1) ^ 1, content.length >> 1);
      await writeFile(filelists.path, content);
      assert.equal((await publish({ add: ['00000001-hello'] })).packages, 3);
      assert.deepEqual(warnings, [
        'createrepo_c makes all metadata of this repository',
        'metadata is not whole, all packages are read',
      ]);
    });

    it('refuses an added build that cannot be read', async () => {
      await mkdir(path.join(chroot, '00000002-broken'));
      await writeFile(path.join(chroot, '00000002-broken', 'broken-1-1.noarch.rpm'), 'no package');
      const refusal = await refusalOf(publish({ add: ['00000002-broken'] }));
      assert.equal(refusal.code, 'PackageUnreadable');
      assert.match(refusal.message, /broken-1-1\.noarch\.rpm/);
    });
  });
});
