import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { copyFile, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkBuilder, connectWithBackoff } from '../../src/activities/build/builder-commands.js';
import { runCommand, type CommandResult } from '../../src/adapters/process/run-command.js';
import { remoteCommand } from '../../src/adapters/ssh/quote.js';
import { createSshShell } from '../../src/adapters/ssh/remote-shell.js';
import { parseTicketOutput } from '../../src/domain/build/ticket-output.js';
import type { RemoteSession } from '../../src/ports/build/remote-shell.js';
import { keygen } from '../adapters/ssh/open-ssh-server.js';
import { ansibleEnvironment } from '../support/ansible.js';
import { archiveForRoots, besideRoot, makeDebianRoot } from '../support/debian-root.js';
import { freePorts } from '../support/free-ports.js';
import { givenDirectory } from '../support/given-directory.js';

const ANSIBLE = fileURLToPath(new URL('../../deploy/ansible/', import.meta.url));
const POOL_MACHINE = fileURLToPath(new URL('../../deploy/resalloc/copr-pool-machine', import.meta.url));
const FIXTURES = fileURLToPath(new URL('../fixtures/builder-role/', import.meta.url));
const LIMITS = { timeoutMs: 60_000 };

/**
 * deploy/ansible: linted as a whole, and applied to a root of Debian, never to this machine. Nobody applies the tasks
 * for Fedora, of which no root can be had everywhere (docs/decisions/0049).
 */
describe('the role copr_builder', function () {
  this.timeout(900_000);
  let ansible: Readonly<Record<string, string>>;
  before(async () => {
    ansible = await ansibleEnvironment();
  });

  it('has nothing that ansible-lint objects to in production', async () => {
    const words = ['-m', 'ansiblelint', '--offline', '--strict', '--profile', 'production', 'builder.yml', 'roles'];
    const { code, stdout, summary } = await runCommand('python3', words, {
      ...{ cwd: ANSIBLE, env: ansible, timeoutMs: 300_000 },
    });
    assert.equal(code, 0, `${stdout}\n${summary}`);
  });

  describe('in a root of Debian', () => {
    let directory: Awaited<ReturnType<typeof givenDirectory>> | undefined;
    let root: string;
    let variables: Record<string, unknown>;
    let first: CommandResult;
    let sshd: ChildProcess | undefined;
    let port: number;
    const sessions: RemoteSession[] = [];

    before(async function () {
      const archive = await archiveForRoots();
      if (archive === null) return this.skip();
      directory = await givenDirectory();
      root = join(directory.path, 'root');
      await makeDebianRoot(root, { suite: 'bookworm', archive, include: ['python3', 'python3-apt'] });
      await keygen(join(directory.path, 'id'), 'ed25519');
      const key = (await readFile(join(directory.path, 'id.pub'), 'utf8')).trim();
      variables = {
        copr_builder_authorized_keys: [key],
        copr_builder_frontend_url: 'https://copr.example.com',
        copr_builder_open_files: 4096,
      };
    });

    after(async () => {
      for (const session of sessions) session.close();
      await stopSshd();
      await directory?.remove();
    });

    it('names the variable that is missing, before it changes anything', async () => {
      const { code, stdout } = await apply(variables);
      assert.equal(code, 2, stdout);
      assert.match(stdout, /Name packages of them in copr_builder_debian_files/);
      assert.match(stdout, /\bchanged=0\b/);
    });

    it('makes a builder that the backend finds ready', async () => {
      const files = [await standIn()];
      variables = { ...variables, copr_builder_debian_files: files, copr_builder_chroots: ['custom-1-x86_64'] };
      first = await apply(variables);
      assert.equal(first.code, 0, `${first.stdout.slice(-3000)}\n${first.summary}`);
      await startSshd();
      const session = await connect('mockbuilder');
      const { version } = await checkBuilder(session, 'custom-1-x86_64', remoteCommand, new AbortController().signal);
      assert.equal(version, '1.8');
    });

    it('changes nothing when it is applied again', async () => {
      const { stdout, code } = await apply(variables);
      assert.equal(code, 0, stdout.slice(-3000));
      assert.match(stdout, /\bchanged=0\b/, stdout.slice(-3000));
      assert.doesNotMatch(first.stdout, /\bchanged=0\b/);
    });

    it('lets builds write where results are fetched from, and use mock', async () => {
      const session = await connect('mockbuilder');
      const written = await session.run('touch /var/lib/copr-rpmbuild/results/success && id -nG && ulimit -n', LIMITS);
      assert.deepEqual([written.code, written.stdout], [0, 'mockbuilder mock\n4096\n'], written.stderr);
    });

    it('lets users visit their builds by a key that the backend adds, and nobody in by a password', async () => {
      const visited = await connect('root');
      const { code } = await visited.run('echo a-key >> /root/.ssh/authorized_keys', LIMITS);
      assert.equal(code, 0);
      const { stdout } = await visited.run('sshd -T', LIMITS);
      assert.match(stdout, /^passwordauthentication no$/m);
      const { stdout: again } = await apply(variables);
      assert.match(again, /\bchanged=0\b/, 'the key of a visitor is left alone');
    });

    it('is handed out by a pool, cleaned when it is released, and dead without its sshd', async () => {
      const made = await pool('new', '');
      assert.equal(made.code, 0, made.stderr.slice(-3000));
      assert.deepEqual(parseTicketOutput(made.stdout), { host: '127.0.0.1', name: 'local_1', port });
      assert.match(made.stderr, /\bunreachable=0 +failed=0\b/);
      const data = Buffer.from(made.stdout).toString('base64');
      assert.equal((await pool('release', data)).code, 0);
      await assert.rejects(stat(join(root, 'var/lib/copr-rpmbuild/results')), { code: 'ENOENT' });
      const alive = await pool('livecheck', data);
      assert.equal(alive.code, 0, alive.stderr);
      await stopSshd();
      assert.equal((await pool('livecheck', data)).code, 255);
    });

    it('takes the rights of root from the backend again', async () => {
      const { code, stdout } = await apply({ ...variables, copr_builder_root_login: false });
      assert.equal(code, 0, stdout.slice(-3000));
      assert.equal(await readFile(join(root, 'root/.ssh/authorized_keys'), 'utf8'), 'a-key\n');
    });

    async function apply(given: Readonly<Record<string, unknown>>): Promise<CommandResult> {
      const inventory = ['--connection', 'community.general.chroot', '--inventory', `${root},`];
      const python = ['--extra-vars', 'ansible_python_interpreter=/usr/bin/python3'];
      const words = [...inventory, ...python, '--extra-vars', JSON.stringify(given), join(ANSIBLE, 'builder.yml')];
      return runCommand('unshare', besideRoot(root, [...PLAYBOOK, ...words]), {
        ...{ cwd: ANSIBLE, env: { ...ansible, HOME: directory?.path ?? '' }, timeoutMs: 600_000 },
      });
    }

    /** An RPM of copr-rpmbuild's commands, put into the root, as the role wants to know it. */
    async function standIn(): Promise<{ readonly url: string; readonly sha256: string }> {
      const top = join(directory?.path ?? '', 'rpmbuild');
      const spec = join(FIXTURES, 'copr-rpmbuild.spec');
      const made = await runCommand('rpmbuild', ['-bb', '--define', `_topdir ${top}`, spec], LIMITS);
      assert.equal(made.code, 0, made.summary);
      const file = join(top, 'RPMS/noarch/copr-rpmbuild-1.8-1.noarch.rpm');
      await copyFile(file, join(root, 'srv/copr-rpmbuild.rpm'));
      const hash = createHash('sha256').update(await readFile(file));
      return { url: 'file:///srv/copr-rpmbuild.rpm', sha256: hash.digest('hex') };
    }

    /** The root's own, with its own settings and on loopback. */
    async function startSshd(): Promise<void> {
      ({ port } = await freePorts(['port']));
      const listening = ['-D', '-e', '-o', 'ListenAddress=127.0.0.1', '-p', String(port)];
      const script = 'mkdir -p "$1/run/sshd"; root=$1; shift; exec chroot "$root" /usr/sbin/sshd "$@"';
      const words = ['sh', '-c', script, 'sh', root, ...listening];
      sshd = spawn('unshare', besideRoot(root, words), { stdio: 'ignore' });
      await once(sshd, 'spawn');
    }

    async function stopSshd(): Promise<void> {
      if (sshd?.exitCode !== null || sshd.signalCode !== null) return;
      const gone = once(sshd, 'exit');
      sshd.kill('SIGKILL'); // unshare ignores SIGTERM; what it started ends with it
      await gone;
    }

    /** The commands of a pool that has this one machine. */
    async function pool(command: string, data: string): Promise<CommandResult> {
      const place = directory?.path ?? '';
      await writeFile(join(place, 'variables.json'), JSON.stringify(variables));
      const pinned = 'StrictHostKeyChecking no\nUserKnownHostsFile /dev/null\n';
      await writeFile(join(place, 'ssh_config'), `IdentityFile ${place}/id\nIdentitiesOnly yes\n${pinned}`);
      const settings = [
        ...[`make_machine='echo 127.0.0.1'`, `remove_machine=true`, `port=${port}`, 'attempts=1'],
        ...[`playbook=${ANSIBLE}builder.yml`, `variables=${place}/variables.json`, `ssh_config=${place}/ssh_config`],
      ];
      await writeFile(join(place, 'pool.conf'), `${settings.join('\n')}\n`);
      const env = { ...ansible, HOME: place, RESALLOC_NAME: 'local_1', RESALLOC_RESOURCE_DATA: data };
      return runCommand(POOL_MACHINE, [command, join(place, 'pool.conf')], { env, timeoutMs: 300_000 });
    }

    async function connect(user: string): Promise<RemoteSession> {
      const configFile = join(directory?.path ?? '', 'builder_config');
      await writeFile(configFile, `Host *\n  IdentityFile "${directory?.path ?? ''}/id"\n  IdentitiesOnly yes\n`);
      const builder = { ticket: 1, host: '127.0.0.1', port, name: 'builder', hostKey: null };
      const shell = createSshShell({ configFile, user });
      const session = await connectWithBackoff(shell, builder, {
        withinMs: 30_000,
        signal: new AbortController().signal,
      });
      sessions.push(session);
      return session;
    }
  });
});

const PLAYBOOK = ['python3', '-m', 'ansible', 'playbook'];
