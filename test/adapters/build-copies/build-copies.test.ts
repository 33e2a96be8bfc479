import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { linkSync } from 'node:fs';
import { appendFile, lstat, mkdir, readdir, readFile, readlink, rm, stat, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createBuildCopies } from '../../../src/adapters/build-copies/build-copies.js';
import { createProjectTree } from '../../../src/adapters/project-tree/project-tree.js';
import type { BuildCopies, BuildCopy, StagedCopy } from '../../../src/ports/project/build-copies.js';
import { PortFailure } from '../../../src/ports/port-failure.js';
import { givenDirectory } from '../../support/given-directory.js';
import { checksums } from '../../support/checksums.js';

const CHROOT = 'fedora-42-x86_64';
const COPY: BuildCopy = {
  from: { owner: 'jdoe', dirname: 'hello', chroot: CHROOT, targetDir: '00000001-a' },
  to: { owner: 'alice', dirname: 'mine', chroot: CHROOT, targetDir: '00000009-a' },
  packages: 'links',
  fromChroot: null,
};

describe('createBuildCopies', () => {
  let root: Awaited<ReturnType<typeof givenDirectory>>;
  let copies: BuildCopies;
  let source: string;
  let target: string;
  let staging: string;

  beforeEach(async () => {
    root = await givenDirectory();
    copies = createBuildCopies({ destdir: root.path });
    source = path.join(root.path, 'jdoe/hello', CHROOT, '00000001-a');
    target = path.join(root.path, 'alice/mine', CHROOT, '00000009-a');
    staging = path.join(root.path, 'alice/mine/.staging');
    await mkdir(path.join(source, 'configs'), { recursive: true });
    const files = {
      ...{ 'a-1-1.noarch.rpm': 'package', 'a-1-1.src.rpm': 'source', 'results.json': '{}', success: 'done' },
      ...{ 'backend.log': 'log', 'build.info': 'build_id=1\nbuilder_ip=h', 'root.log.gz': 'gz', '.run': 'a run' },
      'configs/child.cfg': 'config',
    };
    for (const [name, text] of Object.entries(files)) await writeFile(path.join(source, name), text);
  });
  afterEach(() => root.remove());

  async function staged(copy: BuildCopy = COPY): Promise<StagedCopy> {
    const made = await copies.stage(copy);
    return made.state === 'staged' ? made.copy : assert.fail(made.state);
  }

  async function isLinked(name: string): Promise<boolean> {
    const [one, other] = await Promise.all([stat(path.join(source, name)), stat(path.join(target, name))]);
    return one.ino === other.ino;
  }

  it('shows nothing before the rename, then the whole; what somebody writes to is a file of its own', async () => {
    const before = await checksums(source);
    const copy = await staged();
    await assert.rejects(lstat(target), { code: 'ENOENT' });
    assert.equal((await stat(staging)).mode & 0o777, 0o700);
    const [settled] = await copies.commit([copy]);
    assert.ok((settled?.bytes ?? 0) > 0);
    assert.deepEqual(await readdir(staging), []);
    const { '.run': run, ...copied } = before;
    assert.ok(run !== undefined);
    assert.deepEqual(await checksums(target), copied);
    for (const name of ['a-1-1.noarch.rpm', 'results.json', 'success', 'root.log.gz', 'configs/child.cfg'])
      assert.equal(await isLinked(name), true, name);
    for (const name of ['backend.log', 'build.info']) {
      await appendFile(path.join(target, name), 'later');
      assert.equal(await isLinked(name), false, name);
    }
    assert.deepEqual(await checksums(source), before);
  });

  it('gives packages that will be changed bytes of their own', async () => {
    const copy = await staged({ ...COPY, packages: 'copies' });
    assert.deepEqual(copy.rpms, ['a-1-1.noarch.rpm', 'a-1-1.src.rpm']);
    assert.equal(copy.packageBytes, 'package'.length + 'source'.length);
    for (const name of copy.rpms) await writeFile(path.join(staging, copy.staging, name), 'signed');
    await copies.commit([copy]);
    assert.equal(await readFile(path.join(source, 'a-1-1.noarch.rpm'), 'utf8'), 'package');
    assert.equal(await readFile(path.join(target, 'a-1-1.noarch.rpm'), 'utf8'), 'signed');
  });

  it('notes where packages of another chroot come from, in the copy alone', async () => {
    await copies.commit([await staged({ ...COPY, fromChroot: 'fedora-rawhide-x86_64' })]);
    const info = await readFile(path.join(target, 'build.info'), 'utf8');
    assert.equal(info, 'build_id=1\nbuilder_ip=h\nfrom_chroot=fedora-rawhide-x86_64');
    assert.equal(await readFile(path.join(source, 'build.info'), 'utf8'), 'build_id=1\nbuilder_ip=h');
  });

  it('never touches what stands in the place, also what came there meanwhile', async () => {
    const copy = await staged();
    await mkdir(target, { recursive: true });
    await writeFile(path.join(target, 'theirs'), 'theirs');
    assert.deepEqual(await copies.commit([copy]), [{ bytes: null }]);
    assert.deepEqual(await copies.stage(COPY), { state: 'standing' });
    assert.deepEqual(await readdir(target), ['theirs']);
    assert.deepEqual(await readdir(staging), []);
  });

  it('takes an empty directory for none', async () => {
    await mkdir(target, { recursive: true });
    await copies.commit([await staged()]);
    assert.ok((await readdir(target)).includes('success'));
  });

  it('finds builds in the directories of their project, and passes over other files', async () => {
    const owner = path.join(root.path, 'jdoe');
    await mkdir(path.join(owner, 'hello:pr:7', CHROOT, '00000002-b'), { recursive: true });
    await mkdir(path.join(owner, 'hello-world', CHROOT, '00000003-c'), { recursive: true });
    await mkdir(path.join(owner, 'hello:pr:8'));
    await writeFile(path.join(owner, 'hello:pr:8', CHROOT), 'no directory');
    await writeFile(path.join(owner, 'hello:pr:9'), 'no directory');
    await symlink('hello-world', path.join(owner, 'hello:link'));
    const find = (names: readonly string[]) => copies.locate({ owner: 'jdoe', project: 'hello' }, CHROOT, names);
    const found = await find(['00000001-a', '00000002-b', '00000003-c', '00000004-d']);
    assert.deepEqual(Object.fromEntries(found), { '00000001-a': 'hello', '00000002-b': 'hello:pr:7' });
    const nobodys = await copies.locate({ owner: 'nobody', project: 'hello' }, CHROOT, ['00000001-a']);
    assert.equal(nobodys.size, 0);
  });

  it('says what is not in the source', async () => {
    assert.deepEqual(await copies.stage({ ...COPY, from: { ...COPY.from, targetDir: '00000002-b' } }), {
      state: 'missing',
    });
    await symlink('00000001-a', path.join(path.dirname(source), '00000003-c'));
    assert.deepEqual(await copies.stage({ ...COPY, from: { ...COPY.from, targetDir: '00000003-c' } }), {
      state: 'missing',
    });
    await assert.rejects(lstat(path.dirname(target)), { code: 'ENOENT' });
  });

  it('follows no link, copies those that stay inside, and leaves out the others and special files', async () => {
    const secret = path.join(root.path, 'secret');
    await writeFile(secret, 'secret');
    const links = {
      ...{ inside: 'configs/child.cfg', 'configs/up': '../success', dangling: 'nothing-here' },
      ...{ out: '../../../../secret', absolute: secret, 'configs/out': '../../x', sly: 'configs/../../../x' },
      directory: '../../..',
    };
    for (const [name, to] of Object.entries(links)) await symlink(to, path.join(source, name));
    execFileSync('mkfifo', [path.join(source, 'pipe')]);
    const copy = await staged();
    assert.deepEqual(copy.leftOut.map((text) => text.split(':')[0]).toSorted(), [
      'absolute',
      'configs/out',
      'directory',
      'out',
      'pipe',
      'sly',
    ]);
    await copies.commit([copy]);
    assert.equal(await readlink(path.join(target, 'configs/up')), '../success');
    const names = await readdir(target, { recursive: true });
    assert.ok(names.includes('inside') && names.includes('dangling') && !names.includes('out'));
  });

  it('copies where no further hard link can be made', async function () {
    this.timeout(60_000);
    const spare = path.join(root.path, 'spare');
    await mkdir(spare);
    const file = path.join(source, 'results.json');
    // ext4 ends at 65,000 links; where a file system has no such end the copy is a link, and as good.
    let isFull = false;
    for (let n = 0; n < 65_100 && !isFull; n += 1) {
      try {
        linkSync(file, path.join(spare, String(n)));
      } catch {
        isFull = true;
      }
    }
    await copies.commit([await staged()]);
    assert.equal(await isLinked('results.json'), !isFull);
    assert.equal(await readFile(path.join(target, 'results.json'), 'utf8'), '{}');
  });

  it('refuses a source behind a link that leads out of the tree, and places that were deleted', async () => {
    const elsewhere = await givenDirectory();
    await mkdir(path.join(elsewhere.path, '00000001-a'));
    await symlink(elsewhere.path, path.join(root.path, 'jdoe/hello/epel-9-x86_64'));
    const behind = { ...COPY, from: { ...COPY.from, chroot: 'epel-9-x86_64' } };
    await assert.rejects(copies.stage(behind), isFailure('StorageFailed'));
    await elsewhere.remove();
    const deletion = { owner: 'alice', dirname: 'mine', chroot: null };
    await createProjectTree({ destdir: root.path }).rememberDeletion(deletion, 7);
    await assert.rejects(copies.stage(COPY), isFailure('ProjectDeleted'));
    await assert.rejects(lstat(path.join(root.path, 'alice')), { code: 'ENOENT' });
  });

  it('forgets what was begun and never put in, and nothing else', async () => {
    await staged();
    await staged();
    await mkdir(path.join(staging, `${CHROOT}=00000009-a=0123456789abcdef`));
    await copies.dropUnfinished({ owner: 'alice', dirname: 'mine' });
    assert.deepEqual(await readdir(staging), [`${CHROOT}=00000009-a=0123456789abcdef`]);
    await copies.dropUnfinished({ owner: 'nobody', dirname: 'here' });
  });

  it('leaves nothing behind of a copy that cannot be made', async () => {
    await rm(path.join(source, 'build.info'));
    await mkdir(path.join(source, 'build.info'));
    await assert.rejects(copies.stage({ ...COPY, fromChroot: 'fedora-rawhide-x86_64' }), isFailure('StorageFailed'));
    assert.deepEqual(await readdir(staging), []);
  });
});

function isFailure(code: string): (error: unknown) => boolean {
  return (error) => error instanceof PortFailure && error.code === code;
}
