import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { chmod, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PERIODIC_JOBS } from '../../../src/contracts/maintenance/periodic-jobs.js';
import { runCommand, type CommandResult } from '../../../src/adapters/process/run-command.js';
import { findOnPath } from '../../support/find-on-path.js';
import { givenDirectory } from '../../support/given-directory.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const PROGRAM = join(ROOT, 'bin/copr-backend.mjs');
const UNITS = 'usr/local/lib/systemd/system';
const MAX_EXPOSURE = 3;

/** `copr-backend install`, below a directory that stands for a host. */
describe('copr-backend install', function () {
  this.timeout(120_000);
  let host: string;
  let remove: () => Promise<void>;

  beforeEach(async () => {
    const directory = await givenDirectory();
    [host, remove] = [directory.path, () => directory.remove()];
  });

  afterEach(() => remove());

  it('says with --dry-run what it would write, and writes nothing', async () => {
    const { stdout } = await install('--dry-run');
    for (const file of [`${UNITS}/copr-backend.target`, 'etc/copr/copr-be.conf.example'])
      assert.ok(stdout.includes(`would write ${join(host, file)}\n`), file);
    assert.deepEqual(await readdir(host), []);
  });

  it('writes the same files when it is run again', async () => {
    await install();
    const { stdout } = await install();
    assert.deepEqual(
      stdout.split('\n').filter((line) => line !== '' && !line.startsWith('unchanged ')),
      [],
    );
  });

  it('names the directories of the configuration in the units', async () => {
    await given('etc/copr/copr-be.conf', '[backend]\ndestdir = /srv/copr/results\nstate_dir = /srv/state\n');
    await install();
    assert.match(
      await laid(`${UNITS}/copr-backend-storage.service`),
      /^ReadWritePaths=-\/srv\/copr\/results -\/srv\/state -\/var\/log\/copr-backend$/m,
    );
    assert.match(await laid('etc/copr/web/nginx.conf'), /^root \/srv\/copr;$/m);
  });

  it('leads clients to Pulp only where that is somewhere else', async () => {
    const leads = async (...words: readonly string[]): Promise<readonly boolean[]> => {
      await rm(join(host, 'etc/copr/web'), { recursive: true, force: true });
      await install(...words);
      const texts = await Promise.all(['nginx', 'lighttpd'].map((name) => laid(`etc/copr/web/${name}.conf`)));
      return texts.map((text) => text.includes('https://pulp.example/content/$1'));
    };
    const urls = 'destdir = /srv/results\nresults_baseurl = https://copr.example/results\npulp_content_url =';
    await given('etc/copr/copr-be.conf', `[backend]\n${urls} https://copr.example/results\n`);
    assert.deepEqual(await leads(), [false, false]);
    assert.deepEqual(await leads('--pulp-content', 'https://pulp.example/content/'), [true, true]);
    await given('etc/copr/copr-be.conf', `[backend]\n${urls} https://pulp.example/content\n`);
    assert.deepEqual(await leads(), [true, true]);
    assert.match((await tryInstall('--pulp-content', 'https://pulp.example/a;b')).stderr, /cannot be written into/);
  });

  it('refuses a path that would mean something else in a unit', async () => {
    await given('etc/copr/copr-be.conf', '[backend]\ndestdir = /srv/the results\n');
    const { code, stderr } = await tryInstall();
    assert.equal(code, 1);
    assert.match(stderr, /destdir "\/srv\/the results" cannot be written into a unit or a web server's file/);
    assert.equal(existsSync(join(host, 'usr')), false);
  });

  it('keeps a changed file in /etc, lays ours beside it, and says so', async () => {
    await given('etc/logrotate.d/copr-backend', '# mine\n');
    const { stdout } = await install();
    assert.equal(await laid('etc/logrotate.d/copr-backend'), '# mine\n');
    assert.match(await laid('etc/logrotate.d/copr-backend.rpmnew'), /rotate 6/);
    assert.ok(stdout.includes(`kept yours, ours is ${join(host, 'etc/logrotate.d/copr-backend.rpmnew')}\n`), stdout);
  });

  it('brings a unit of an earlier version up to date', async () => {
    await given(`${UNITS}/copr-backend-build.service`, '# of an earlier version\n');
    await install();
    assert.match(await laid(`${UNITS}/copr-backend-build.service`), /^ExecStart=\S+ \S+\/copr-backend-build\.mjs /m);
  });

  it('says what to do where it has no rights', async () => {
    await chmod(host, 0o555);
    // Root may write anywhere.
    const asNobody = process.getuid?.() === 0 ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] : [];
    const [program = '', ...args] = [...asNobody, process.execPath, ...wordsOf([])];
    const { code, stderr } = await runCommand(program, args, { cwd: ROOT, timeoutMs: 60_000 });
    assert.equal(code, 1, stderr);
    assert.match(stderr, /cannot be written: run it as root, or write elsewhere with --prefix DIR/);
  });

  it('starts a program that is there in every service and in the cron job, which is a program itself', async () => {
    await install('--cron');
    const services = (await readdir(join(host, UNITS))).filter((name) => name.endsWith('.service'));
    assert.deepEqual(services.map((name) => name.replace(/^copr-backend-|\.service$/g, '')).sort(), [
      'action',
      'build',
      'log',
      'poller',
      'storage',
      'tickets',
    ]);
    const daily = 'etc/cron.daily/copr-backend';
    const weekly = 'etc/cron.weekly/copr-backend';
    for (const file of [...services.map((name) => `${UNITS}/${name}`), daily, weekly]) {
      const [, node = '', program = ''] = /(\/\S+) (\/\S+\.mjs)\b/.exec(await laid(file)) ?? [];
      assert.ok(existsSync(node) && existsSync(program), `${file}: ${node} ${program}`);
    }
    for (const job of [daily, weekly]) {
      const programs = (await laid(job)).match(/\/\S+\.mjs\b/g) ?? [];
      assert.deepEqual(
        programs.filter((program) => !existsSync(program)),
        [],
        job,
      ); // those of comments, too
      assert.equal((await stat(join(host, job))).mode & 0o777, 0o755);
      const checked = await runCommand('sh', ['-n', join(host, job)], { timeoutMs: 10_000 });
      assert.equal(checked.code, 0, checked.summary);
    }
    const jobs = (await Promise.all([daily, weekly].map(laid))).flatMap(
      (text) => /^for job in (.*); do$/m.exec(text)?.[1]?.split(' ') ?? [],
    );
    assert.deepEqual(
      jobs.filter((job) => !(PERIODIC_JOBS as readonly string[]).includes(job)),
      [],
    );
    assert.equal(jobs.length, 7);
  });

  it('writes units of this version beside the others, with addresses of their own, and nothing else', async () => {
    await given('etc/copr/copr-be.conf', '[backend]\ndestdir = /srv/results\nworker_versioning = true\n');
    const { stdout } = await install('--beside', '127.0.0.1:5109');
    const build = /copr-backend@(\S+)\.target$/m.exec(stdout)?.[1] ?? assert.fail(stdout);
    assert.match(build, /^\d+\.\d+\.\d+-[0-9a-f]{12}$/);
    const names = ['-action', '-build', '-poller', '-storage', ''].map((name) => `copr-backend${name}@${build}`);
    assert.deepEqual(
      (await readdir(join(host, UNITS))).sort(),
      names.map((name) => `${name}.${name.includes('-backend@') ? 'target' : 'service'}`).sort(),
    );
    assert.deepEqual(await readdir(join(host, 'etc')), ['copr']);
    const service = await laid(`${UNITS}/copr-backend-action@${build}.service`);
    assert.match(
      service,
      /^ExecStart=\S+ \S+\/copr-backend-action\.mjs --config \S+ --http-listen 127\.0\.0\.1:5112$/m,
    );
    assert.ok(service.includes(`\nPartOf=copr-backend@${build}.target\n`), service);
    await install();
    assert.match(await laid(`${UNITS}/copr-backend-action.service`), /^ExecStart=.*copr-be\.conf$/m);
    assert.match(await laid(`${UNITS}/copr-backend-action.service`), /^PartOf=copr-backend\.target$/m);
  });

  it('writes no units beside workers without versions, which would share their work', async () => {
    await given('etc/copr/copr-be.conf', '[backend]\ndestdir = /srv/results\n');
    const { code, stderr } = await tryInstall('--beside', 'off');
    assert.equal(code, 1);
    assert.match(stderr, /set `worker_versioning = true` first/);
    assert.equal(existsSync(join(host, 'usr')), false);
  });

  it('leaves the jobs of cron to Schedules unless it is told otherwise', async () => {
    await install();
    assert.equal(existsSync(join(host, 'etc/cron.daily')), false);
  });

  it('gives the signer its port, or the right to become root, and no other installation', async () => {
    const dropIn = `${UNITS}/copr-backend-build.service.d/obs-sign.conf`;
    await given('etc/copr/copr-be.conf', '[backend]\ndestdir = /srv/results\ndo_sign = true\nsigner = gpg\n');
    await install();
    assert.equal(existsSync(join(host, dropIn)), false);
    await given('etc/copr/copr-be.conf', '[backend]\ndestdir = /srv/results\ndo_sign = true\n');
    await install();
    assert.match(await laid(dropIn), /^AmbientCapabilities=CAP_NET_BIND_SERVICE$/m);
    await install('--setuid-sign');
    assert.match(await laid(dropIn), /^NoNewPrivileges=no$/m);
  });

  describe('for systemd', () => {
    before(async function () {
      const isThere = await findOnPath('systemd-analyze').then(Boolean, () => false);
      if (isThere) return;
      process.stderr.write('      systemd-analyze is not on this machine: units are not looked at\n');
      this.skip();
    });

    it('has units that it finds no fault with, with the drop-ins of the signer, too', async () => {
      await given(
        'etc/copr/copr-be.conf',
        '[backend]\ndestdir = /srv/results\ndo_sign = true\nworker_versioning = true\n',
      );
      await install();
      await install('--beside', 'off');
      const units = (await readdir(join(host, UNITS))).filter((name) => !name.endsWith('.d'));
      const { code, stderr, summary } = await systemd([
        'verify',
        '--man=no',
        ...units.map((u) => join(host, UNITS, u)),
      ]);
      assert.equal(code, 0, summary);
      assert.deepEqual(
        stderr.split('\n').filter((line) => line.includes('copr-backend')),
        [],
      );
    });

    it('has a target of a version that it enables and disables beside that of another one', async () => {
      await given('etc/copr/copr-be.conf', '[backend]\ndestdir = /srv/results\nworker_versioning = true\n');
      await install();
      const { stdout } = await install('--beside', 'off');
      const target = /copr-backend@\S+\.target$/m.exec(stdout)?.[0] ?? assert.fail(stdout);
      const wanted = join(host, 'etc/systemd/system/multi-user.target.wants');
      for (const [verb, unit] of [
        ['enable', 'copr-backend.target'],
        ['enable', target],
        ['disable', 'copr-backend.target'],
      ] as const) {
        const { code, summary } = await runCommand('systemctl', [`--root=${host}`, verb, unit], { timeoutMs: 60_000 });
        assert.equal(code, 0, summary);
      }
      assert.deepEqual(await readdir(wanted), [target]);
    });

    it(`has services that expose ${MAX_EXPOSURE} at most, with the signer, too`, async () => {
      await given('etc/copr/copr-be.conf', '[backend]\ndestdir = /srv/results\ndo_sign = true\n');
      await install();
      for (const name of (await readdir(join(host, UNITS))).filter((file) => file.endsWith('.service'))) {
        const { stdout, summary } = await systemd([
          'security',
          '--offline=true',
          '--no-pager',
          join(host, UNITS, name),
        ]);
        const exposure = Number(/exposure level for \S+: ([\d.]+)/.exec(stdout)?.[1]);
        assert.ok(exposure <= MAX_EXPOSURE, `${name}: ${exposure} ${summary}`);
      }
    });

    it('has a user and directories that systemd makes, and leaves the results to a mount', async function () {
      if (process.getuid?.() !== 0) this.skip(); // they belong to another user
      await install();
      for (const [program, ...args] of [['systemd-sysusers'], ['systemd-tmpfiles', '--create']] as const) {
        const { code, summary } = await runCommand(program, [`--root=${host}`, ...args], { timeoutMs: 60_000 });
        assert.equal(code, 0, summary);
      }
      const [, uid] = /^copr:x:(\d+):/m.exec(await laid('etc/passwd')) ?? [];
      for (const [directory, mode] of [
        ['var/lib/copr/backend', 0o700],
        ['var/lib/copr/public_html', 0o755],
        ['var/log/copr-backend', 0o755],
      ] as const) {
        const facts = await stat(join(host, directory));
        assert.deepEqual([facts.uid, facts.mode & 0o777], [Number(uid), mode], directory);
      }
      assert.equal(existsSync(join(host, 'var/lib/copr/public_html/results')), false);
    });

    function systemd(args: readonly string[]): Promise<CommandResult> {
      return runCommand('systemd-analyze', args, {
        timeoutMs: 60_000,
        env: { SYSTEMD_UNIT_PATH: `${join(host, UNITS)}:` },
      });
    }
  });

  function tryInstall(...words: readonly string[]): Promise<CommandResult> {
    return runCommand(process.execPath, wordsOf(words), { cwd: ROOT, timeoutMs: 60_000 });
  }

  function wordsOf(words: readonly string[]): readonly string[] {
    return [PROGRAM, 'install', '--prefix', host, ...words];
  }

  async function install(...words: readonly string[]): Promise<CommandResult> {
    const result = await tryInstall(...words);
    assert.equal(result.code, 0, result.summary);
    return result;
  }

  async function given(file: string, text: string): Promise<void> {
    await mkdir(dirname(join(host, file)), { recursive: true });
    await writeFile(join(host, file), text);
  }

  function laid(file: string): Promise<string> {
    return readFile(join(host, file), 'utf8');
  }
});
