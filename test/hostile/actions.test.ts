import assert from 'node:assert/strict';
import { mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { givenActionWorld, type ActionWorld, type RawAction } from '../support/action-world.js';
import { givenDirectory } from '../support/given-directory.js';

const F44 = 'fedora-44-x86_64';
const NAMES = { ownername: 'jdoe', projectname: 'hello' };
const FLAGS = { appstream: false, devel: false, storage: 0 };
const NO_NAMES = ['../x', '..', '/etc', 'a/b', '', '.hidden', 'nul\0', 'line\nfeed', '-rf', 'x'.repeat(300)];

type Named = (name: string) => RawAction;
function asking(action_type: number, object_type: string | null, data: unknown, more: object = {}): RawAction {
  return { action_type, object_type, data: JSON.stringify(data), ...more };
}

/** Every field that becomes part of a path, in every type. */
const FIELDS: Readonly<Record<string, Named>> = {
  'owner of createrepo': (name) => createrepo({ ownername: name }),
  'project of createrepo': (name) => createrepo({ projectname: name, project_dirnames: [name] }),
  'directory of createrepo': (name) => createrepo({ project_dirnames: [`hello:${name}/`, name] }),
  'chroot of createrepo': (name) => createrepo({ chroots: [name] }),
  'owner of a key': (name) => asking(5, 'copr', { ...NAMES, ownername: name }),
  'owner of a deleted project': (name) =>
    asking(0, 'copr', { ownername: name, project_dirnames: ['hello'], storage: 0 }),
  // An empty directory name is skipped, as the Python service does.
  'directory of a deleted project': (name) =>
    asking(0, 'copr', { ownername: 'jdoe', project_dirnames: ['hello', name === '' ? '/' : name], storage: 0 }),
  'chroot that is deleted': (name) => asking(0, 'chroot', { ...NAMES, chrootname: name }),
  'directory of a deleted build': (name) => deleteBuild(name, F44, '00000001-hello'),
  'chroot of a deleted build': (name) => deleteBuild('hello', name, '00000001-hello'),
  'deleted build': (name) => deleteBuild('hello', F44, name),
  'one of several deleted builds': (name) =>
    asking(0, 'builds', { ...NAMES, ...FLAGS, project_dirnames: { hello: { [F44]: [name] } }, build_ids: [1] }),
  'chroot of comps': (name) => asking(4, 'copr_chroot', { ...NAMES, chroot: name, comps_present: false }),
  'directory to remove': (name) => asking(11, 'copr', [`jdoe/${name}`]),
  'owner of a directory to remove': (name) => asking(11, 'copr', [`${name}/hello:pr:1`]),
  'destination of a fork': (name) => fork({ new_value: `jdoe/${name}` }, { copr: name }),
  'source of a fork': (name) => fork({ old_value: `jdoe/${name}` }),
  'forked build': (name) => fork({}, { builds_map: { [F44]: { [name]: '00000002-hello' } } }),
  'build of a fork': (name) => fork({}, { builds_map: { [F44]: { '00000001-hello': name } } }),
  'destination of a rename': (name) => asking(1, 'copr', {}, { old_value: 'jdoe/hello', new_value: `jdoe/${name}` }),
  'branched chroot': (name) => branching({ dest_chroot: name }),
  'branched build': (name) => branching({ builds: [name] }),
  'chroot of a module': (name) => asking(9, 'module', { ...NAMES, chroots: [name], builds: [], modulemd_b64: 'eA==' }),
};

function createrepo(changed: object): RawAction {
  return asking(3, 'repository', { ...NAMES, ...FLAGS, project_dirnames: ['hello'], chroots: [F44], ...changed });
}

function deleteBuild(dirname: string, chroot: string, build: string): RawAction {
  const data = { ...NAMES, ...FLAGS, project_dirname: dirname, chroot_builddirs: { [chroot]: [build] } };
  return asking(0, 'build', data, { object_id: 1 });
}

function fork(row: object, changed: object = {}): RawAction {
  const data = {
    user: 'jdoe',
    copr: 'copy',
    builds_map: { [F44]: { '00000001-hello': '00000002-hello' } },
    ...changed,
  };
  return asking(7, 'copr', data, { old_value: 'jdoe/hello', new_value: 'jdoe/copy', ...row });
}

function branching(changed: object): RawAction {
  const chroots = { rawhide_chroot: F44, dest_chroot: 'fedora-45-x86_64' };
  return asking(6, 'None', { ...NAMES, copr_dir: 'hello', ...chroots, builds: ['00000001-hello'], ...changed });
}

describe('actions that mean harm', function () {
  this.timeout(120_000);
  let world: ActionWorld;
  let outside: Awaited<ReturnType<typeof givenDirectory>>;

  before(async () => {
    world = await givenActionWorld();
    outside = await givenDirectory();
  });
  after(async () => {
    await world.close();
    await outside.remove();
  });
  beforeEach(async () => {
    await world.clear();
    for (const owner of ['jdoe', 'eve']) {
      await world.build('hello', owner, 'hello', F44, '00000001-hello');
      await world.build('hello', owner, 'hello:pr:1', F44, '00000002-hello');
      await world.publish(owner, 'hello', F44);
    }
    await writeFile(path.join(world.destdir, '..', 'x'), 'beside the tree');
  });

  /** Result 2 with the reason, and everything is as it was. */
  async function areRefused(records: readonly RawAction[], reason: RegExp): Promise<void> {
    const before = await world.files();
    const check = async (record: RawAction): Promise<void> => {
      const what = JSON.stringify(record).slice(0, 200);
      const { outcome, reported } = await world.run(await world.ask(record));
      assert.deepEqual([outcome.result, reported.result], ['failed', 2], what);
      assert.match(reported.message ?? '', reason, what);
      // eslint-disable-next-line no-control-regex
      assert.doesNotMatch(reported.message ?? '', /[\u0000-\u001f]/, 'one line');
      assert.ok((reported.message ?? '').length <= 1000);
    };
    await Promise.all(records.map(check));
    assert.deepEqual(await world.files(), before);
    assert.equal(await readFile(path.join(world.destdir, '..', 'x'), 'utf8'), 'beside the tree');
  }

  const isRefused = (record: RawAction, reason: RegExp): Promise<void> => areRefused([record], reason);

  it('are refused for names that are none, wherever one becomes part of a path', async () => {
    for (const record of Object.values(FIELDS))
      await areRefused(NO_NAMES.map(record), /^TaskInvalid: the data of action \d+ does not fit/);
  });

  it('are refused for directories that are not those of pull requests', async () => {
    for (const entry of [
      'jdoe/hello',
      'jdoe/hello:custom:1',
      'hello:pr:1',
      '/jdoe/hello:pr:1',
      'jdoe/hello:pr:1/x',
      '',
    ])
      await isRefused(asking(11, 'copr', [entry]), /^TaskInvalid: .*not the directory of a pull request/);
    await isRefused(asking(11, 'copr', { 0: 'jdoe/hello:pr:1' }), /^TaskInvalid/);
  });

  it('are refused when one of many entries is wrong: nothing is done in part', async () => {
    await isRefused(asking(11, 'copr', ['jdoe/hello:pr:1', 'jdoe/hello']), /^TaskInvalid/);
    await isRefused(createrepo({ chroots: ['fedora-45-x86_64', '../..'] }), /^TaskInvalid/);
    const builds = { hello: { [F44]: ['00000001-hello'] }, '../eve/hello': { [F44]: ['00000001-hello'] } };
    await isRefused(
      asking(0, 'builds', { ...NAMES, ...FLAGS, project_dirnames: builds, build_ids: [1] }),
      /^TaskInvalid/,
    );
    const projects = { ownername: 'jdoe', project_dirnames: ['hello', 'other'], storage: 0 };
    await isRefused(asking(0, 'copr', projects), /more than one project/);
  });

  it('are refused for data without measure or without sense', async () => {
    const deep = (open: string, close: string): string => `${open.repeat(50_000)}1${close.repeat(50_000)}`;
    for (const data of ['', 'no json', '[', 'null', '7', deep('[', ']'), deep('{"a":', '}')])
      await isRefused({ action_type: 3, object_type: 'repository', data }, /^TaskInvalid/);
    const many = Array.from({ length: 400_000 }, (_, index) => `chroot-${index}-x86_64`);
    await isRefused(createrepo({ chroots: many }), /^TaskInvalid/);
    await isRefused(createrepo({ padding: 'x'.repeat(10 * 1024 * 1024), ownername: '../x' }), /^TaskInvalid/);
    await isRefused(
      asking(
        11,
        'copr',
        Array.from({ length: 60 }, (_, n) => `jdoe/p${n}:pr:1`),
      ),
      /too many projects/,
    );
    for (const type of [-1, 8, 10, 12, 2 ** 31])
      await isRefused({ action_type: type, data: '{}' }, /ActionUnsupported/);
  });

  it('do not reach through links that stand in the place of owners, projects and chroots', async () => {
    await mkdir(path.join(outside.path, 'hello', F44, '00000001-hello'), { recursive: true });
    await writeFile(path.join(outside.path, 'hello', F44, '00000001-hello', 'kept'), 'kept');
    const places: readonly (readonly [link: string, target: string])[] = [
      ['mallory', '.'],
      ['jdoe/evil', 'hello'],
      [`jdoe/hello/fedora-45-x86_64`, `hello/${F44}`],
    ];
    for (const [link, target] of places) await symlink(path.join(outside.path, target), path.join(world.destdir, link));
    const evil = { ownername: 'jdoe', projectname: 'evil', project_dirnames: ['evil'] };
    const mallory = { ownername: 'mallory', project_dirnames: ['hello'] };
    const linked = [
      createrepo(mallory),
      createrepo(evil),
      createrepo({ chroots: ['fedora-45-x86_64'] }),
      asking(0, 'copr', { ...mallory, storage: 0 }),
      asking(0, 'chroot', { ...NAMES, ...evil, chrootname: F44 }),
      asking(0, 'build', {
        ...NAMES,
        ...evil,
        ...FLAGS,
        project_dirname: 'evil',
        chroot_builddirs: { [F44]: ['00000001-hello'] },
      }),
    ];
    for (const record of linked) {
      await isRefused(record, /^StorageFailed/);
      assert.equal(await readFile(path.join(outside.path, 'hello', F44, '00000001-hello', 'kept'), 'utf8'), 'kept');
    }
  });

  it('remove a link that stands for a build, and nothing behind it', async () => {
    const link = path.join(world.destdir, 'jdoe', 'hello', F44, '00000003-link');
    await rm(path.join(outside.path, 'hello'), { recursive: true, force: true });
    await writeFile(path.join(outside.path, 'kept'), 'kept');
    await symlink(outside.path, link);
    const { outcome } = await world.run(await world.ask(deleteBuild('hello', F44, '00000003-link')));
    assert.deepEqual(outcome, { result: 'succeeded' });
    assert.equal(await readFile(path.join(outside.path, 'kept'), 'utf8'), 'kept');
    assert.deepEqual(
      (await world.named('jdoe', 'hello', F44))?.map((href) => href.split('/')[0]),
      ['00000001-hello', '00000001-hello'],
    );
  });
});
