import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCommand, type CommandResult } from '../../src/adapters/process/run-command.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

type Lock = { readonly packages: Readonly<Record<string, { readonly version: string; readonly dev?: boolean }>> };

/** npm could not reach its registry. */
const UNREACHABLE = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENOTCACHED/;

/**
 * The package of `npm pack`, installed as docs/operations.md says. Without a registry it gets this checkout's packages.
 */
describe('the packed package', function () {
  this.timeout(600_000);
  let scratch: string;
  let isFromRegistry: boolean;
  let manifest: {
    readonly version: string;
    readonly bin: Readonly<Record<string, string>>;
    readonly overrides: Readonly<Record<string, string>>;
  };

  before(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'copr-installed-'));
    manifest = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as typeof manifest;
    await succeeds('npm', ['pack', '--pack-destination', scratch], ROOT);
    await succeeds('tar', ['-xzf', `copr-backend-${manifest.version}.tgz`], scratch);
    isFromRegistry = await installDependencies(join(scratch, 'package'));
    const where = ['--prefix', join(scratch, 'prefix'), join(scratch, 'package')];
    await succeeds('npm', ['install', '--global', '--offline', ...where], scratch);
  });

  after(() => rm(scratch, { recursive: true, force: true }));

  it('has exactly the packages that were tested, also where another one asks for a range', async function () {
    if (!isFromRegistry) {
      process.stderr.write('      npm reaches no registry: what it installs is not looked at\n');
      this.skip();
    }
    const read = async (file: string): Promise<Lock> => JSON.parse(await readFile(file, 'utf8')) as Lock;
    const { packages: tested } = await read(join(ROOT, 'package-lock.json'));
    const { packages: installed } = await read(join(scratch, 'package/node_modules/.package-lock.json'));
    const versions = Object.entries(installed).map(([path, { version }]) => [path, version]);
    assert.ok(versions.length > 100);
    assert.deepEqual(
      versions,
      Object.keys(installed).map((path) => [path, tested[path]?.version]),
    );
    assert.ok(Object.keys(installed).every((path) => tested[path]?.dev !== true));
    assert.equal(installed['node_modules/@swc/core']?.version, manifest.overrides['@swc/core']);
  });

  it('puts every command on the PATH, under its old names, too', async () => {
    assert.deepEqual((await readdir(join(scratch, 'prefix/bin'))).sort(), Object.keys(manifest.bin).sort());
    for (const old of ['copr_prune_results.py', 'copr_prune_srpms.py', 'copr_fix_gpg.py', 'copr-repo'])
      assert.ok(old in manifest.bin, old);
  });

  it('has what each command needs to say its version', async () => {
    for (const name of Object.keys(manifest.bin)) {
      const { stdout } = await succeeds(join(scratch, 'prefix/bin', name), ['--version'], scratch);
      assert.equal(stdout, `${manifest.version}\n`, name);
    }
  });

  it('has what a worker needs to read its configuration, and the workflows', async () => {
    const config = join(scratch, 'copr-be.conf');
    await writeFile(config, '[backend]\nsleeptime = often\n');
    const { code, stderr } = await run(join(scratch, 'prefix/bin/copr-backend'), ['worker', 'all', '--config', config]);
    assert.equal(code, 5, stderr);
    assert.match(stderr, /destdir/);
    const packed = await readdir(join(scratch, 'package/dist'));
    assert.deepEqual(packed.sort(), ['src', 'workflow-bundle-traced.js', 'workflow-bundle.js']);
  });

  it('lays down units that start what it has installed', async () => {
    const host = join(scratch, 'host');
    await succeeds(join(scratch, 'prefix/bin/copr-backend'), ['install', '--prefix', host], scratch);
    const unit = await readFile(join(host, 'usr/local/lib/systemd/system/copr-backend-build.service'), 'utf8');
    const program = join(await realpath(scratch), 'package/bin/copr-backend-build.mjs');
    assert.ok(unit.includes(`ExecStart=${process.execPath} ${program} --config /etc/copr/copr-be.conf\n`), unit);
  });

  /** False: there is no registry. */
  async function installDependencies(where: string): Promise<boolean> {
    const { code, summary, stderr } = await run('npm', ['ci', '--omit=dev', '--ignore-scripts', '--no-audit'], where);
    if (code === 0) return true;
    assert.match(stderr, UNREACHABLE, summary);
    await rm(join(where, 'node_modules'), { recursive: true, force: true });
    await symlink(join(ROOT, 'node_modules'), join(where, 'node_modules'));
    return false;
  }

  function run(program: string, args: readonly string[], cwd = scratch): Promise<CommandResult> {
    return runCommand(program, args, { cwd, timeoutMs: 200_000 });
  }

  async function succeeds(program: string, args: readonly string[], cwd: string): Promise<CommandResult> {
    const result = await run(program, args, cwd);
    assert.equal(result.code, 0, result.summary);
    return result;
  }
});
