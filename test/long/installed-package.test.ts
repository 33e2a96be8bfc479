import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCommand, type CommandResult } from '../../src/adapters/process/run-command.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** The package of `npm pack`, installed by npm below a prefix of its own, with the dependencies of this checkout. */
describe('the packed package', function () {
  this.timeout(600_000);
  let scratch: string;
  let manifest: { readonly version: string; readonly bin: Readonly<Record<string, string>> };

  before(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'copr-installed-'));
    manifest = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as typeof manifest;
    await succeeds('npm', ['pack', '--pack-destination', scratch], ROOT);
    await succeeds('tar', ['-xzf', `copr-backend-${manifest.version}.tgz`], scratch);
    await symlink(join(ROOT, 'node_modules'), join(scratch, 'package/node_modules'));
    const where = ['--prefix', join(scratch, 'prefix'), join(scratch, 'package')];
    await succeeds('npm', ['install', '--global', '--offline', ...where], scratch);
  });

  after(() => rm(scratch, { recursive: true, force: true }));

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

  function run(program: string, args: readonly string[], cwd = scratch): Promise<CommandResult> {
    return runCommand(program, args, { cwd, timeoutMs: 200_000 });
  }

  async function succeeds(program: string, args: readonly string[], cwd: string): Promise<CommandResult> {
    const result = await run(program, args, cwd);
    assert.equal(result.code, 0, result.summary);
    return result;
  }
});
