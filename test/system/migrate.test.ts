import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { appendFile, cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Connection } from '@temporalio/client';
import { runCommand, type CommandResult } from '../../src/adapters/process/run-command.js';
import { findTemporal } from '../../temporal/binary.js';
import { locations } from '../support/dnf-client.js';
import { BIN } from '../support/given-namespace.js';
import { Installation, slowPackage } from '../support/installation.js';

const EXAMPLE = fileURLToPath(new URL('../../examples/hello-copr/hello-copr.spec', import.meta.url));
const PAGE = fileURLToPath(new URL('../../docs/migrate.md', import.meta.url));
const CHROOT = `custom-1-${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}`;
const USUAL_RESULTS = '/var/lib/copr/public_html/results';
/** Nobody answers there: a worker waits. */
const NOBODY = '[profile.default]\naddress = "127.0.0.1:1"\n';

/**
 * The old service is played by a worker in another namespace, whose state and hidden files are removed: what is left is
 * what the Python service leaves, a running task of the frontend, an open ticket, a build on a builder, a half-written
 * result directory.
 */
describe('taking over from a Python service', function () {
  this.timeout(400_000);
  let installation: Installation;
  let slow: Awaited<ReturnType<typeof slowPackage>>;
  let page: string;
  let old: ChildProcess | undefined;

  before(async () => {
    page = await readFile(PAGE, 'utf8');
    slow = await slowPackage();
    installation = await Installation.create();
    await installation.start('--no-examples', '--builders', '2');
  });
  after(async () => {
    old?.kill();
    await installation.remove();
    await slow.remove();
  });

  it('ends every build rightly, names the tickets, and keeps the metadata whole, there and back', async () => {
    const done = await installation.submit(EXAMPLE, 'tester/migrated');
    await installation.until('a build is over', async () => (await installation.build(done)).over);
    const halfDone = await installation.submit(slow.spec, 'tester/migrated');
    const task = `${halfDone}-${CHROOT}`;
    await installation.until('another one is on its builder', () => installation.starts(task) === 1);
    const ticket = await ticketOf(task);
    const chrootDir = path.join(installation.results, 'tester/migrated', CHROOT);
    const resultDir = path.join(chrootDir, (await nameIn(chrootDir, halfDone)) ?? '');

    const configFile = await stopTheOldOne();
    await appendFile(
      path.join(resultDir, 'backend.log'),
      `[x][  INFO][PID:1] Trying to allocate VM: ticket ${ticket}\n`,
    );
    await mkdir(path.join(chrootDir, '.repodata'));
    old = spawn('sleep', ['1000'], { argv0: `Builder for task ${task}: Job ${task}, ticket_id=${ticket}, port=22` });
    await once(old, 'spawn');

    const look = await documented(/doctor --before-takeover$/m, configFile);
    assert.equal(look.code, 1, look.stderr);
    assert.match(
      look.stdout,
      new RegExp(`^FAILED +old processes +process ${old.pid} runs: Builder for task ${task}: `, 'm'),
    );
    assert.match(
      look.stdout,
      new RegExp(`^ok +old builds +${task} is half done in ${resultDir}: it is built again`, 'm'),
    );
    assert.match(look.stdout, new RegExp(`^warning +old tickets +ticket ${ticket} is open`, 'm'));
    const create = /do: (temporal operator search-attribute create .*)$/m.exec(look.stdout)?.[1];
    const created = await shell(create ?? 'false', configFile);
    assert.equal(created.code, 0, created.summary);
    const lock = /do: (rm -r \S+\/\.repodata)$/m.exec(look.stdout)?.[1];
    assert.equal((await shell(lock ?? 'false', configFile)).code, 0, look.stdout);
    old.kill();
    await once(old, 'exit');
    const closed = await documented(/resalloc ticket-close 17$/m, configFile, { 17: String(ticket) });
    assert.equal(closed.code, 0, closed.stderr);
    const again = await documented(/doctor --before-takeover$/m, configFile);
    assert.match(again.stdout, /^ok +old processes +none runs$/m);
    assert.match(again.stdout, /^ok +old tickets /m);
    assert.match(again.stdout, /^ok +old metadata /m);

    await startOurs(configFile);
    await installation.until('it is built again', () => installation.starts(task) === 2);
    await slow.letGo();
    await installation.until('it is over', async () => (await installation.build(halfDone)).over);
    assert.equal((await installation.build(halfDone)).chrootStates[CHROOT], 'succeeded');
    assert.equal((await installation.build(halfDone)).tasks[task]?.terminalReports, 1);
    assert.ok(existsSync(path.join(resultDir, 'prev_build_backup/backend.log')), 'the old log is kept');
    assert.ok(existsSync(path.join(resultDir, 'success')));
    await installation.until('no ticket is open', () =>
      installation.tickets().every(({ state }) => state === 'closed'),
    );
    const healed = await documented(/repo heal --dry-run$/m, configFile);
    assert.deepEqual([healed.code, healed.stdout], [0, '1 repositories were looked at\n'], healed.stderr);
    const packages = await packagesOf(chrootDir);
    assert.ok(
      ['hello-copr', 'slow-package'].every((name) => packages.some((file) => file.includes(name))),
      packages.join(' '),
    );

    const trash = await documented(/trash empty --all$/m, configFile);
    assert.equal(trash.code, 0, trash.stderr);
    await pause();
    const cleared = await documented(/find .* -exec rm -r \{\} \+$/m, configFile);
    assert.equal(cleared.code, 0, cleared.stderr);
    const hidden = await runCommand('find', [installation.results, '-maxdepth', '3', '-type', 'd', '-name', '.*'], {
      timeoutMs: 10_000,
    });
    assert.equal(hidden.stdout, '');
    const links = await runCommand('find', [installation.results, '-xtype', 'l'], { timeoutMs: 10_000 });
    assert.equal(links.stdout, '', 'no link leads nowhere');
    assert.deepEqual(await packagesOf(chrootDir), packages, 'clients see the same');
    // As the old service publishes: createrepo_c in the chroot's directory itself.
    const createrepo = await runCommand('createrepo_c', ['--quiet', chrootDir], { timeoutMs: 60_000 });
    assert.equal(createrepo.code, 0, createrepo.summary);
    assert.deepEqual(await packagesOf(chrootDir), packages, 'and the same when the old service has published');
  });

  /** Leaves a worker that waits for a Temporal, and returns the configuration with which it will start. */
  async function stopTheOldOne(): Promise<string> {
    await pause();
    const state = path.join(installation.data, 'own-state');
    await mkdir(state);
    await cp(path.join(installation.data, 'state/gnupg'), path.join(state, 'gnupg'), {
      recursive: true,
      filter: (file) => !path.basename(file).startsWith('S.'),
    });
    const hidden = ['-mindepth', '1', '-name', '.*', '-prune', '-exec', 'rm', '-r', '{}', '+'];
    const removed = await runCommand('find', [installation.results, ...hidden], { timeoutMs: 10_000 });
    assert.equal(removed.code, 0, removed.summary);
    const address = installation.url('temporalAddress');
    const connection = await Connection.connect({ address });
    const retention = { seconds: 86_400 } as unknown as null; // a duration of the API, without its Long
    await connection.workflowService.registerNamespace({
      ...{ namespace: 'own', workflowExecutionRetentionPeriod: retention },
    });
    await connection.close();
    const profile = path.join(installation.data, 'own-temporal.toml');
    await writeFile(profile, `[profile.default]\naddress = "${address}"\n`);
    const configFile = path.join(installation.data, 'own-copr-be.conf');
    const text = await installation.configurationWith({
      ...{ temporal_profile: profile, temporal_namespace: 'own', state_dir: state },
    });
    await writeFile(configFile, text, { mode: 0o600 });
    return configFile;
  }

  async function pause(): Promise<void> {
    const profile = path.join(installation.data, 'nobody.toml');
    await writeFile(profile, NOBODY);
    await installation.reconfigure({ temporal_profile: profile });
  }

  async function startOurs(configFile: string): Promise<void> {
    await cp(configFile, path.join(installation.data, 'copr-be.conf'));
    await installation.killAndAwaitRestart('worker', 'SIGTERM');
  }

  /** Runs the line of the page that matches, for this installation. */
  async function documented(
    line: RegExp,
    configFile: string,
    numbers: Readonly<Record<string, string>> = {},
  ): Promise<CommandResult> {
    const found = page.split('\n').find((text) => text.startsWith('       ') && line.test(text));
    assert.ok(found !== undefined, `the page has no ${line}`);
    const command = found
      .trim()
      .replace('runuser -u copr -- ', '')
      .replace('/opt/copr-backend/bin/copr-backend.mjs', 'copr-backend')
      .replaceAll(USUAL_RESULTS, installation.results)
      .replace(/\d+$/, (number) => numbers[number] ?? number);
    return shell(command, configFile);
  }

  async function shell(command: string, configFile: string): Promise<CommandResult> {
    const bin = path.join(installation.data, 'commands');
    await mkdir(bin, { recursive: true });
    const own = `#!/bin/sh\nexec '${process.execPath}' '${BIN}' "$@"\n`;
    await writeFile(path.join(bin, 'copr-backend'), own, { mode: 0o755 });
    const call =
      "<methodCall><methodName>closeTicket</methodName><params><param><value><int>'$2'</int></value></param></params></methodCall>";
    const url = /^resalloc_connection=(.*)$/m.exec(await readFile(configFile, 'utf8'))?.[1] ?? '';
    const resalloc = `#!/bin/sh\n[ "$1" = ticket-close ] && exec curl -sSf -d '${call}' '${url}/RPC2'\n`;
    await writeFile(path.join(bin, 'resalloc'), resalloc, { mode: 0o755 });
    const temporal = `#!/bin/sh\nexec '${(await findTemporal()).path}' "$@"\n`;
    await writeFile(path.join(bin, 'temporal'), temporal, { mode: 0o755 });
    return runCommand('bash', ['-c', command], {
      env: {
        TEMPORAL_ADDRESS: installation.url('temporalAddress'),
        BACKEND_CONFIG: configFile,
        PATH: `${bin}:${process.env['PATH'] ?? ''}`,
      },
      timeoutMs: 120_000,
    });
  }

  async function ticketOf(task: string): Promise<number> {
    const { ticket } = await installation.status(task);
    assert.equal(typeof ticket, 'number');
    return Number(ticket);
  }

  async function nameIn(directory: string, buildId: number): Promise<string | undefined> {
    return (await readdir(directory)).find((name) => Number.parseInt(name, 10) === buildId);
  }

  async function packagesOf(chrootDir: string): Promise<readonly string[]> {
    const found = await locations(path.join(installation.data, 'dnf'), chrootDir, []);
    return [...found].sort();
  }
});
