import assert from 'node:assert/strict';
import { cp, mkdir, mkdtemp, open, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand, type CommandResult } from '../../src/adapters/process/run-command.js';
import { Installation } from '../support/installation.js';

const CHROOT = `custom-1-${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}`;

describe('npm start -- --once', function () {
  this.timeout(900_000);
  let installation: Installation;
  let scratch: string;
  let project: string;

  before(async () => {
    installation = await Installation.create();
    scratch = await mkdtemp(join(tmpdir(), 'copr-dnf-'));
    const { code, stdout, stderr } = await installation.once();
    assert.equal(code, 0, `${stdout}\n${stderr}`);
    project = join(installation.results, 'copr/examples');
  });

  after(async () => {
    await installation.remove();
    await rm(scratch, { recursive: true, force: true });
  });

  it('leaves a package that dnf installs with gpgcheck=1 and nothing but the published key', async () => {
    const { code, stdout, stderr } = await dnfInstall('good', join(project, CHROOT), 'hello-copr');
    assert.equal(code, 0, `${stdout}\n${stderr}`);
    const installed = await readdir(join(scratch, 'good/root/usr/share/hello-copr'));
    assert.ok(installed.length > 0);
  });

  it('leaves a package that dnf refuses when one byte of it was changed', async () => {
    const tampered = join(scratch, 'tampered-repository');
    await cp(join(project, CHROOT), tampered, { recursive: true });
    await flipByte(await findFile(tampered, /hello-copr-.*\.noarch\.rpm$/));
    await rm(join(tampered, 'repodata'), { recursive: true });
    const indexed = await runCommand('createrepo_c', ['-q', tampered], { timeoutMs: 60_000 });
    assert.equal(indexed.code, 0, indexed.summary);
    const { code, stdout, stderr } = await dnfInstall('tampered', tampered, 'hello-copr');
    assert.notEqual(code, 0);
    assert.match(`${stdout}${stderr}`, /GPG check FAILED|does not verify/);
  });

  it('signs the architecture-dependent package with the project key', async () => {
    const keys = join(scratch, 'keydb');
    await mkdir(keys);
    const database = ['--define', `_dbpath ${keys}`, '--define', '_pkgverify_level all'];
    const imported = await runCommand('rpmkeys', [...database, '--import', join(project, 'pubkey.gpg')], {
      timeoutMs: 30_000,
    });
    assert.equal(imported.code, 0, imported.summary);
    const file = await findFile(join(project, CHROOT), /greet-arch-[^/]*\.(x86_64|aarch64)\.rpm$/);
    const checked = await runCommand('rpmkeys', [...database, '--checksig', '-v', file], { timeoutMs: 30_000 });
    assert.equal(checked.code, 0, checked.stdout);
    assert.match(checked.stdout, /SHA256 signature.*: OK/i);
  });

  it('goes on from what is there when it is started again', async () => {
    const { code, stdout, stderr } = await installation.once();
    assert.equal(code, 0, `${stdout}\n${stderr}`);
    assert.match(stdout, /already built/);
  });

  async function dnfInstall(name: string, repository: string, wanted: string): Promise<CommandResult> {
    const directory = join(scratch, name);
    await mkdir(directory);
    const lines = ['[main]', 'plugins=0', 'metadata_expire=0', 'install_weak_deps=0'];
    for (const key of ['cachedir', 'logdir', 'persistdir', 'reposdir', 'varsdir']) {
      lines.push(`${key}=${join(directory, key)}`);
    }
    await writeFile(join(directory, 'dnf.conf'), `${lines.join('\n')}\n`);
    return runCommand(
      'dnf',
      [
        ...['-y', '-c', join(directory, 'dnf.conf'), '--releasever=1', `--installroot=${join(directory, 'root')}`],
        ...[`--repofrompath=x,file://${repository}`, '--repo=x', '--setopt=x.gpgcheck=1'],
        ...[`--setopt=x.gpgkey=file://${join(project, 'pubkey.gpg')}`, 'install', wanted],
      ],
      { timeoutMs: 120_000 },
    );
  }
});

async function findFile(directory: string, name: RegExp): Promise<string> {
  const files = await readdir(directory, { recursive: true });
  const found = files.find((file) => name.test(file));
  assert.ok(found !== undefined, `${name} in ${files.join(', ')}`);
  return join(directory, found);
}

async function flipByte(file: string): Promise<void> {
  const handle = await open(file, 'r+');
  try {
    const { size } = await handle.stat();
    const byte = Buffer.alloc(1);
    await handle.read(byte, 0, 1, size - 20);
    byte[0] = (byte[0] ?? 0) ^ 0xff;
    await handle.write(byte, 0, 1, size - 20);
  } finally {
    await handle.close();
  }
}
