import assert from 'node:assert/strict';
import { chmod, copyFile, mkdir, readFile, readdir, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createGpgSigner } from '../../../src/adapters/gpg/signer.js';
import { createCreaterepoIndexer } from '../../../src/adapters/repository-store/repository-indexer.js';
import { placeOf, readMetadata, type Metadata } from '../../../src/adapters/repository-store/metadata/metadata.js';
import { runCommand } from '../../../src/adapters/process/run-command.js';
import { PortFailure } from '../../../src/ports/port-failure.js';
import type { IndexerRun } from '../../../src/ports/repository/repository-indexer.js';
import { systemCreaterepo } from '../../support/createrepo-programs.js';
import { givenPublished } from '../../support/fake-activities.js';
import { givenDirectory } from '../../support/given-directory.js';
import { givenRpms } from '../../support/given-rpms.js';
import { refusalOf } from '../../support/rejection.js';

const REPOSITORY = { owner: '@group', dirname: 'project:pr:1', chroot: 'fedora-42-x86_64' };
const HOUR = 3_600_000;
const LISTS = { add: [], delete: [], removeRpms: [] };
const NOTHING: IndexerRun = { ...LISTS, full: false, reread: false, devel: false, appstream: false, doStat: false };

describe('createCreaterepoIndexer', () => {
  let root: Awaited<ReturnType<typeof givenDirectory>>;
  let chroot: string;
  let clock: number;
  let warnings: string[];

  beforeEach(async () => {
    root = await givenDirectory();
    chroot = path.join(root.path, REPOSITORY.owner, REPOSITORY.dirname, REPOSITORY.chroot);
    clock = 1_800_000_000_000;
    warnings = [];
  });
  afterEach(() => root.remove());

  const indexer = (): ReturnType<typeof createCreaterepoIndexer> =>
    createCreaterepoIndexer({
      destdir: root.path,
      resultsBaseurl: 'http://results.example/results/',
      graceHours: 1,
      now: () => clock,
      log: { warn: (_, message) => void warnings.push(message) },
    });
  const publish = (run: Partial<IndexerRun>): ReturnType<ReturnType<typeof indexer>['publish']> =>
    indexer().publish(REPOSITORY, { ...NOTHING, ...run }, {});
  const build = async (name: string, summary?: string): Promise<string> => {
    const directory = path.join(chroot, name);
    await mkdir(directory, { recursive: true });
    await givenRpms(directory, { name: name.slice(9), summary: summary ?? 'x', subpackages: ['libs'] });
    return name;
  };
  const live = (...names: string[]): string => path.join(chroot, 'repodata', ...names);
  const metadata = async (directory = live()): Promise<Metadata> => {
    const read = await readMetadata(placeOf(directory));
    return read.state === 'whole' ? read : assert.fail(read.why);
  };
  const hrefs = async (directory?: string): Promise<string[]> =>
    [...(await metadata(directory)).packages.keys()].sort();
  const rpmsOf = (name: string): string[] =>
    ['-1.0-1.noarch.rpm', '-1.0-1.src.rpm', '-libs-1.0-1.noarch.rpm'].map((end) => `${name}/${name.slice(9)}${end}`);
  /** Unfinished files there; the publishers' lock and the index of members stay. */
  const staged = async (): Promise<string[]> =>
    (await readdir(path.join(chroot, '..', '.staging'))).filter((name) => !/^(lock|members)=/.test(name));

  it('publishes a valid empty repository where there is no package', async () => {
    assert.equal(await indexer().exists(REPOSITORY, { devel: false }), false);
    const published = await publish({});
    assert.deepEqual(published, givenPublished({ packages: 0, revision: '1800000000' }));
    assert.equal(await indexer().exists(REPOSITORY, { devel: false }), true);
    assert.deepEqual(await hrefs(), []);
  });

  it('makes no metadata that would hide what Pulp has of the chroot', async () => {
    const place = await build('00000001-a');
    await writeFile(path.join(chroot, place, 'pulp-packages.json'), '{}');
    for (const run of [{ full: true }, { add: [place] }]) {
      const { code, retryable, message } = await refusalOf(publish(run));
      assert.deepEqual([code, retryable], ['RepositoryFailed', false]);
      assert.match(message, /its packages are at Pulp/);
    }
    await rm(path.join(chroot, place, 'pulp-packages.json'));
    await writeFile(path.join(chroot, '.pulp-content-fedora-42-x86_64.json'), '{}');
    assert.equal((await refusalOf(publish({}))).code, 'RepositoryFailed');
    assert.equal(await indexer().exists(REPOSITORY, { devel: false }), false);
  });

  it('warns of metadata that is lost, and not of what never was there', async () => {
    await publish({});
    await publish({ add: [await build('00000001-hello')] });
    await rm(live(), { recursive: true });
    assert.equal((await publish({ full: true })).packages, 3, 'a repository of copies');
    assert.deepEqual(warnings, []);
    await rm(live(), { recursive: true });
    assert.equal((await publish({ add: [await build('00000002-other')] })).packages, 6);
    assert.deepEqual(warnings.splice(0), ['metadata is not whole, all packages are read']);
    await rm(live('repomd.xml'));
    await publish({ full: true });
    assert.deepEqual(warnings, ['metadata is not whole, all packages are read']);
  });

  it('adds builds to what stands there, and a second time changes nothing', async () => {
    await publish({});
    await publish({ add: [await build('00000001-hello')] });
    const published = await publish({ add: [await build('00000002-other')] });
    assert.equal(published.packages, 6);
    assert.deepEqual(await hrefs(), [...rpmsOf('00000001-hello'), ...rpmsOf('00000002-other')]);
    const inode = (await stat(live('repomd.xml'))).ino;
    const again = await publish({ add: ['00000001-hello', '00000002-other'] });
    assert.deepEqual(again, { ...published, changed: false });
    assert.equal((await stat(live('repomd.xml'))).ino, inode);
    assert.deepEqual(await staged(), []);
  });

  it('reads anew a package that was built again under its name', async () => {
    await publish({ add: [await build('00000001-hello', 'first'), await build('00000002-other')] });
    const before = (await metadata()).packages;
    await rm(path.join(chroot, '00000001-hello'), { recursive: true });
    const published = await publish({ add: [await build('00000001-hello', 'second, longer')] });
    assert.deepEqual([published.packages, published.changed], [6, true]);
    const [name] = rpmsOf('00000001-hello');
    assert.notEqual((await metadata()).packages.get(name ?? ''), before.get(name ?? ''));
  });

  it('keeps apart packages of one name in several builds, even with equal content', async () => {
    await build('00000001-hello');
    await mkdir(path.join(chroot, '00000003-hello'));
    for (const href of rpmsOf('00000001-hello'))
      await copyFile(path.join(chroot, href), path.join(chroot, '00000003-hello', path.basename(href)));
    await publish({ add: ['00000001-hello'] });
    assert.equal((await publish({ add: ['00000003-hello'] })).packages, 6);
  });

  it('tells packages of one name apart that differ in nothing but their signatures', async () => {
    await build('00000001-hello');
    await mkdir(path.join(chroot, '00000002-hello'));
    for (const file of rpmsOf('00000001-hello'))
      await copyFile(path.join(chroot, file), path.join(chroot, '00000002-hello', path.basename(file)));
    const signer = createGpgSigner({ home: path.join(root.path, 'keys'), signDomain: 'example.org' });
    try {
      for (const [project, name] of [
        ['one', '00000001-hello'],
        ['other', '00000002-hello'],
      ] as const) {
        const key = { owner: 'alice', project };
        await signer.ensureKey(key);
        const files = (await readdir(path.join(chroot, name))).map((file) => path.join(chroot, name, file));
        await signer.sign({ project: key, digest: 'sha256', files });
      }
    } finally {
      await signer.close();
    }
    await publish({ add: ['00000001-hello', '00000002-hello'] });
    const entries = [...(await metadata()).packages.values()];
    assert.equal(entries.length, 6);
    assert.equal(new Set(entries.map(({ checksum }) => checksum)).size, 6);
  });

  it('leaves out what is gone and refuses to name it', async () => {
    await publish({ add: [await build('00000001-hello'), await build('00000002-other')] });
    await rm(path.join(chroot, '00000001-hello'), { recursive: true });
    const { packages, warnings: said } = await publish({ add: ['00000009-gone'] });
    assert.deepEqual([packages, said], [3, ['build directories to add are gone: 00000009-gone']]);
  });

  it('heals missing and tampered metadata by reading every package', async () => {
    await publish({ add: [await build('00000001-hello')] });
    await build('00000002-other');
    const primary = async (): Promise<string> =>
      live((await metadata()).repomd.files.find((file) => file.type === 'primary')?.name ?? '');
    const damages = [
      () => rm(live('repomd.xml')),
      () => writeFile(live('repomd.xml'), '<repomd><revision>1'),
      async () => rm(await primary()),
      async () => writeFile(await primary(), Buffer.alloc((await stat(await primary())).size)),
      () => rm(live(), { recursive: true }),
    ];
    for (const damage of damages) {
      await damage();
      const published = await publish({ add: ['00000001-hello'] });
      assert.deepEqual([published.packages, published.changed], [6, true], String(damage));
      assert.deepEqual(await hrefs(), [...rpmsOf('00000001-hello'), ...rpmsOf('00000002-other')]);
    }
    assert.ok(warnings.length >= damages.length);
  });

  it('finds every build in a full run and leaves backups, links and broken files out', async () => {
    await build('00000001-hello');
    await mkdir(path.join(chroot, '00000001-hello', 'prev_build_backup'));
    await rename(
      path.join(chroot, rpmsOf('00000001-hello')[2] ?? ''),
      path.join(chroot, '00000001-hello', 'prev_build_backup', 'old-1-1.noarch.rpm'),
    );
    await symlink('/etc/hostname', path.join(chroot, '00000001-hello', 'link-1-1.noarch.rpm'));
    await writeFile(path.join(chroot, '00000001-hello', 'broken-1-1.noarch.rpm'), 'no package');
    assert.equal((await publish({ full: true })).packages, 2);
    assert.ok(warnings.includes('unreadable packages were left out of the metadata'));
    assert.equal((await publish({ full: true })).changed, false);
  });

  it('refuses to publish an added build that cannot be read', async () => {
    await publish({ add: [await build('00000001-hello')] });
    const text = await readFile(live('repomd.xml'), 'utf8');
    await mkdir(path.join(chroot, '00000002-broken'));
    await writeFile(path.join(chroot, '00000002-broken', 'broken-1-1.noarch.rpm'), 'no package');
    const refusal = await refusalOf(publish({ add: ['00000002-broken'] }));
    assert.equal(refusal.code, 'PackageUnreadable');
    assert.match(refusal.message, /broken-1-1\.noarch\.rpm/);
    assert.equal(await readFile(live('repomd.xml'), 'utf8'), text);
    assert.deepEqual(await staged(), []);
  });

  it('keeps the files of superseded metadata for the grace time, no longer', async () => {
    await publish({ add: [await build('00000001-hello')] });
    const first = (await metadata()).repomd.files.map((file) => file.name);
    clock += HOUR / 2;
    await publish({ add: [await build('00000002-other')] });
    for (const name of first) await stat(live(name));
    assert.equal((await readdir(live('.generations'))).length, 1);
    clock += 2 * HOUR;
    for (const number of [3, 4]) {
      await publish({ add: [await build(`0000000${number}-next`)] });
      for (const name of first) await stat(live(name)); // the last three stay, however old
    }
    await publish({ add: [await build('00000005-next')] });
    const names = await readdir(live());
    assert.deepEqual(
      names.filter((name) => first.includes(name)),
      [],
    );
    assert.equal((await readdir(live('.generations'))).length, 3);
  });

  it('makes devel metadata apart, with absolute places', async () => {
    await publish({});
    await build('00000001-hello');
    await publish({ devel: true, add: [await build('00000002-other')] });
    assert.deepEqual(await hrefs(path.join(chroot, 'devel', 'repodata')), [
      ...rpmsOf('00000001-hello'),
      ...rpmsOf('00000002-other'),
    ]);
    assert.deepEqual(await hrefs(), []);
    const names = await readdir(path.join(chroot, 'devel', 'repodata'));
    const primary = path.join(chroot, 'devel', 'repodata', names.find((name) => name.includes('primary')) ?? '');
    const { stdout } = await runCommand('zcat', [primary], { timeoutMs: 10_000 });
    const base = 'http://results.example/results/@group/project:pr:1/fedora-42-x86_64';
    assert.equal(stdout.split(`<location xml:base="${base}" href="`).length - 1, 6);
  });

  it('takes the groups of comps.xml along, and notices that they change', async () => {
    await publish({ add: [await build('00000001-hello')] });
    const comps = (id: string): string =>
      `<?xml version="1.0"?>\n<comps><group><id>${id}</id><name>${id}</name></group></comps>\n`;
    await writeFile(path.join(chroot, 'comps.xml'), comps('one'));
    assert.equal((await publish({})).changed, true);
    assert.ok((await metadata()).repomd.files.some((file) => file.type === 'group'));
    assert.equal((await publish({})).changed, false);
    await writeFile(path.join(chroot, 'comps.xml'), comps('two'));
    assert.equal((await publish({})).changed, true);
  });

  it('clears away what a killed run left, and only of its own chroot', async () => {
    const staging = path.join(chroot, '..', '.staging');
    await mkdir(path.join(staging, 'repodata=fedora-42-x86_64=0011223344556677', 'repodata'), { recursive: true });
    await mkdir(path.join(staging, 'repodata=fedora-42-aarch64=0011223344556677'));
    await publish({});
    assert.deepEqual(await staged(), ['repodata=fedora-42-aarch64=0011223344556677']);
  });

  it('ends with the signal and leaves no work directory', async () => {
    await build('00000001-hello');
    const aborted = indexer().publish(REPOSITORY, { ...NOTHING, full: true }, { signal: AbortSignal.abort() });
    await assert.rejects(aborted, { name: 'AbortError' });
    assert.deepEqual(await staged(), []);
    assert.equal(await indexer().exists(REPOSITORY, { devel: false }), false);
  });

  it('says what to install when createrepo_c is missing', async () => {
    const searched = process.env['PATH'];
    process.env['PATH'] = root.path;
    try {
      const refusal = await refusalOf(publish({}));
      assert.deepEqual([refusal.code, refusal.retryable], ['RepositoryFailed', true]);
      assert.match(refusal.message, /install/);
    } finally {
      process.env['PATH'] = searched;
    }
  });

  it('refuses names and links that lead out of the tree', async () => {
    const outside = await givenDirectory();
    await mkdir(path.dirname(chroot), { recursive: true });
    await symlink(outside.path, chroot);
    assert.equal((await refusalOf(publish({}))).code, 'StorageFailed');
    assert.deepEqual(await readdir(outside.path), []);
    await outside.remove();
    await rm(chroot);
    assert.equal((await refusalOf(publish({ add: ['../other'] }))).code, 'RepositoryFailed');
    const hostile = indexer().publish({ ...REPOSITORY, owner: '..' }, { ...NOTHING, full: true }, {});
    assert.equal((await refusalOf(hostile)).code, 'StorageFailed');
  });

  it('is read by createrepo_c and by a web server user', async () => {
    await publish({ add: [await build('00000001-hello')] });
    const modes = await Promise.all((await readdir(live())).map(async (name) => (await stat(live(name))).mode & 0o044));
    assert.ok(modes.every((mode) => mode === 0o044));
    await chmod(live('repomd.xml'), 0o644);
    const checked = await runCommand('python3', ['-c', PARSE, live()], { timeoutMs: 10_000 });
    assert.equal(checked.stdout.trim(), '3', checked.stderr);
  });

  it('makes md5 metadata for Enterprise Linux 5 alone', async function () {
    const epel = { ...REPOSITORY, dirname: 'foo', chroot: 'epel-5-x86_64' };
    try {
      await indexer().publish(epel, { ...NOTHING, full: true }, {});
    } catch (error) {
      if (error instanceof PortFailure && error.message.includes('built without md5')) this.skip();
      throw error;
    }
    const names = await readdir(path.join(root.path, epel.owner, epel.dirname, epel.chroot, 'repodata'));
    assert.ok(names.some((name) => /^[0-9a-f]{32}-primary/.test(name)));
    assert.equal((await indexer().publish(epel, NOTHING, {})).changed, false);
  });

  it('says once and for all where createrepo_c makes no md5 metadata, and makes the others', async () => {
    const bin = await givenDirectory();
    const { path: real } = await systemCreaterepo();
    const refusal = 'Unknown/Unsupported checksum type "md5"';
    const script = `#!/bin/sh\ncase "$*" in *md5*) echo '${refusal}' >&2; exit 1;; esac\nexec ${real} "$@"\n`;
    await writeFile(path.join(bin.path, 'createrepo_c'), script, { mode: 0o755 });
    const searched = process.env['PATH'];
    process.env['PATH'] = `${bin.path}:${searched ?? ''}`;
    try {
      const epel = { ...REPOSITORY, chroot: 'epel-5-x86_64' };
      const refused = await refusalOf(indexer().publish(epel, { ...NOTHING, full: true }, {}));
      assert.deepEqual([refused.code, refused.retryable], ['RepositoryFailed', false]);
      assert.match(
        refused.message,
        /built without md5 checksums, and the yum of epel-5-x86_64 reads no others: disable/,
      );
      assert.equal((await publish({ add: [await build('00000001-hello')] })).packages, 3);
    } finally {
      process.env['PATH'] = searched;
      await bin.remove();
    }
  });
});

/** An independent reader: counts packages through repomd.xml. */
const PARSE = `
import sys, gzip, xml.etree.ElementTree as E
d = sys.argv[1]
r = E.parse(d + '/repomd.xml').getroot()
n = {'r': 'http://linux.duke.edu/metadata/repo', 'c': 'http://linux.duke.edu/metadata/common'}
h = r.find("r:data[@type='primary']/r:location", n).get('href')
print(len(E.fromstring(gzip.open(d + '/../' + h).read()).findall('c:package', n)))
`;
