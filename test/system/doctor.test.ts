import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type AddressInfo, type Server } from 'node:net';
import path from 'node:path';
import { startFrontend } from '../../playground/frontend/server.js';
import { startPool } from '../../playground/pool/server.js';
import { openGnupgHome } from '../../src/adapters/gpg/gnupg-home.js';
import { NO_MEMORY } from '../../src/adapters/pulp/tasks.js';
import { runCommand } from '../../src/adapters/process/run-command.js';
import type { Check, Verdict } from '../../src/cli/doctor/check.js';
import type { ExaminedHost } from '../../src/cli/doctor/examined-host.js';
import { frontendCheck } from '../../src/cli/doctor/frontend-check.js';
import { pathCheck, sshCheck, unitsCheck, userCheck } from '../../src/cli/doctor/host-check.js';
import { messageBusCheck } from '../../src/cli/doctor/message-bus-check.js';
import { programsCheck } from '../../src/cli/doctor/programs-check.js';
import { pulpCheck } from '../../src/cli/doctor/pulp-check.js';
import { redisCheck } from '../../src/cli/doctor/redis-check.js';
import { resallocCheck } from '../../src/cli/doctor/resalloc-check.js';
import { runChecks } from '../../src/cli/doctor/run-checks.js';
import { signerCheck } from '../../src/cli/doctor/signer-check.js';
import { storageCheck } from '../../src/cli/doctor/storage-check.js';
import { takeOverChecks } from '../../src/cli/doctor/take-over-checks.js';
import { temporalCheck } from '../../src/cli/doctor/temporal-check.js';
import { inspectConfig } from '../../src/config/inspect.js';
import { readConfig } from '../../src/config/load.js';
import { temporalClockAhead } from '../../src/starters/temporal-look.js';
import { asNobody } from '../support/as-nobody.js';
import { givenDirectory } from '../support/given-directory.js';
import { givenPulp, PULP_START_MS } from '../support/given-pulp.js';
import { givenMount } from '../support/given-mount.js';
import { givenSignd, givenSignProgram } from '../support/given-signd.js';
import { givenRedis } from '../support/redis-server.js';
import { temporal } from '../support/temporal.js';
import { fixture, ROOT } from '../support/worker-process.js';

const PASSWORD = 'the-password-of-the-frontend';
const HOUR_MS = 3_600_000;

/** Real peers on loopback, each with one fault. */
describe('doctor', function () {
  this.timeout(120_000);
  let root: Awaited<ReturnType<typeof givenDirectory>>;
  let address: string;
  const ends: (() => unknown)[] = [];
  const searched = process.env['PATH'];

  before(async () => {
    ({ address } = await temporal());
  });
  beforeEach(async () => {
    root = await givenDirectory();
    for (const name of ['results', 'state', 'logs', 'bin']) await mkdir(path.join(root.path, name));
  });
  afterEach(async () => {
    process.env['PATH'] = searched;
    for (const end of ends.splice(0).reverse()) await end();
    await root.remove();
  });

  it('is content with a frontend that takes the password, and names key and file where it does not', async () => {
    const frontend = await startFrontend({
      ...{ port: 0, stateDir: path.join(root.path, 'frontend'), resultsUrl: 'http://127.0.0.1:1', password: PASSWORD },
    });
    ends.push(frontend.close);
    const right = await run(frontendCheck, { frontend_base_url: frontend.url, frontend_auth: PASSWORD });
    assert.deepEqual(
      right.map(({ about, state }) => [about, state]),
      [
        ['frontend', 'ok'],
        ['frontend_auth', 'ok'],
        ["frontend's clock", 'ok'],
      ],
    );
    const wrong = await run(frontendCheck, { frontend_base_url: frontend.url, frontend_auth: 'a-wrong-one' });
    assert.equal(stateOf(wrong, 'frontend'), 'ok', 'lists are given to everybody');
    assert.match(failureOf(wrong, 'frontend_auth').message, /HTTP 401/);
    assert.match(failureOf(wrong, 'frontend_auth').remedy, /BACKEND_PASSWORD as frontend_auth into .*copr-be\.conf/);
  });

  it('tells a clock that is an hour ahead, of the frontend and of Temporal', async () => {
    const frontend = createHttpServer((_request, response) => {
      response.sendDate = false;
      response.setHeader('Date', new Date(Date.now() + HOUR_MS).toUTCString());
      response.setHeader('Copr-FE-BE-API-Version', '9').end('[]');
    });
    const url = `http://127.0.0.1:${await listening(frontend)}`;
    const clock = failureOf(await run(frontendCheck, { frontend_base_url: url }), "frontend's clock");
    assert.match(clock.message, /^is (1 h 0 min|59 min 59 s) ahead of the clock of this host$/);
    assert.match(clock.remedy, /timedatectl/);

    const { connection } = await temporal();
    const { client } = await temporal();
    const open = { client, namespace: 'default', close: () => connection.close() };
    const { signal } = new AbortController();
    const same = await temporalClockAhead(open, { signal });
    const ahead = await temporalClockAhead(open, { signal, now: () => Date.now() - HOUR_MS });
    assert.ok(Math.abs(same ?? Number.NaN) < 5000, `${same} ms`);
    assert.ok(Math.abs((ahead ?? 0) - HOUR_MS) < 5000, `${ahead} ms`);
  });

  it('says of a dead port that it is dead, and of a peer that hangs that it is silent, and waits for neither', async () => {
    const dead = createServer();
    const port = await listening(dead);
    await new Promise((resolve) => dead.close(resolve));
    const url = `http://127.0.0.1:${port}`;
    const [first] = await run(frontendCheck, { frontend_base_url: url });
    assert.match(first?.message ?? '', /ECONNREFUSED/);
    const tickets = await run(resallocCheck, { resalloc_connection: url });
    assert.match(failureOf(tickets, 'resalloc').message, /ECONNREFUSED/);
    assert.match(failureOf(tickets, 'resalloc').remedy, /resalloc_connection in .*copr-be\.conf/);

    const hanging = createServer(() => undefined);
    const silent = `http://127.0.0.1:${await listening(hanging)}`;
    const late = await run(resallocCheck, { resalloc_connection: silent });
    assert.match(failureOf(late, 'resalloc').message, /no data for/);
    const endless: Check = { about: 'endless', ifSilent: 'do this', run: () => new Promise(() => undefined) };
    const asked: (readonly string[])[] = [];
    const verdicts = await runChecks([endless, resallocCheck(await host({ resalloc_connection: silent }))], {
      limitMs: 1000,
      waiting: (names) => asked.push(names),
    });
    assert.deepEqual(failureOf(verdicts, 'endless'), {
      ...{ about: 'endless', state: 'failed', message: 'no answer within 1 s', remedy: 'do this' },
    });
    assert.deepEqual([asked[0], asked.at(-1)], [['endless', 'resalloc'], []]);
  });

  it('asks Resalloc and the signer without taking a ticket or making a key', async () => {
    const pool = await startPool({
      ...{ port: 0, stateDir: path.join(root.path, 'pool'), builders: 0, builderPortBase: 0, authorizedKeys: '/none' },
    });
    ends.push(pool.close);
    assert.equal(stateOf(await run(resallocCheck, { resalloc_connection: pool.url }), 'resalloc'), 'ok');

    const signd = await givenSignd(root.path);
    ends.push(signd.close);
    const program = await givenSignProgram(root.path, signd.port);
    const settings = { do_sign: 'true', sign_command: program, keygen_host: signd.keygenHost };
    const well = await run(signerCheck, settings);
    assert.deepEqual([stateOf(well, 'signer'), stateOf(well, 'keygen')], ['ok', 'ok']);
    const nobody = await givenSignProgram(root.path, 1);
    const bad = await run(signerCheck, { ...settings, sign_command: nobody, keygen_host: '127.0.0.1:1' });
    assert.match(failureOf(bad, 'signer').remedy, /-u 'doctor#doctor@copr\.\S+' -p; server in \/etc\/sign\.conf/);
    assert.match(failureOf(bad, 'keygen').remedy, /curl -sS http:\/\/127\.0\.0\.1:1\/ping/);
  });

  it('lists the keys of gpg, and leaves the gpg-agent of the workers and their home as they are', async () => {
    const home = path.join(root.path, 'state/gnupg');
    await mkdir(home, { mode: 0o700 });
    const settings = { do_sign: 'true', signer: 'gpg' };
    assert.match(messageOf(await run(signerCheck, settings), 'signer'), /^no keys yet/);
    assert.deepEqual(await readdir(home), []);

    const workers = openGnupgHome(home);
    ends.push(workers.close);
    const make = ['--batch', '--passphrase', '', '--quick-generate-key', 'doctor@example.org', 'ed25519', 'sign'];
    assert.equal((await workers.run('gpg', make)).code, 0);
    const agent = async (): Promise<string> =>
      (await workers.run('gpg-connect-agent', ['--no-autostart', 'getinfo pid', '/bye'])).stdout;
    const before = await agent();
    assert.match(before, /^D \d+\nOK/);
    assert.match(messageOf(await run(signerCheck, settings), 'signer'), /^1 keys in /);
    assert.equal(await agent(), before);
  });

  it('tells a message bus that cannot be reached, and a bus file that stops every worker', async () => {
    const directory = path.join(root.path, 'buses');
    await mkdir(directory);
    const settings = { msgbuses_dir: directory };
    const file = path.join(directory, 'staging.conf');
    await writeFile(file, "bus_type = 'stomp'\nhosts = [('127.0.0.1', 1)]\n");
    assert.match(failureOf(await run(messageBusCheck, settings), 'message bus staging').message, /ECONNREFUSED/);
    await writeFile(file, "bus_type = 'pigeons'\n");
    const wrong = failureOf(await run(messageBusCheck, settings), 'message buses');
    assert.match(wrong.message, /staging\.conf: bus_type/);
    assert.match(wrong.remedy, /no worker starts with it/);
  });

  it('tells a file system that is full, one that is read-only, and a tree that is not there', async function () {
    const results = path.join(root.path, 'mounted');
    const mount = await givenMount(results);
    if (mount === null) this.skip();
    ends.push(mount.unmount);
    const settings = { destdir: results };
    assert.match(messageOf(await run(storageCheck, settings), 'destdir'), /a mount of its own, can be written/);
    await runCommand('dd', ['if=/dev/zero', `of=${results}/filler`, 'bs=64k'], { timeoutMs: 10_000 });
    const full = await run(storageCheck, settings);
    assert.match(failureOf(full, 'destdir').message, /ENOSPC; the disk is full/);
    assert.match(failureOf(full, 'destdir space').message, /\(0\.0 %\)/);
    assert.match(failureOf(full, 'destdir space').remedy, /copr-prune-results --dry-run/);
    await mount.remount('ro');
    assert.match(failureOf(await run(storageCheck, settings), 'destdir').message, /EROFS/);
    const gone = await run(storageCheck, { destdir: path.join(root.path, 'gone') });
    assert.match(failureOf(gone, 'destdir').remedy, /mount the results there/);
  });

  it('logs in to Redis only if logs go through it, and tells one that is away and records that nobody takes', async () => {
    const password = 'the-password-of-redis';
    const redis = await givenRedis({ password });
    ends.push(redis.remove);
    const settings = { log_to: 'redis', redis_port: String(redis.place.redisPort), redis_password: password };
    assert.equal(stateOf(await run(redisCheck, { ...settings, log_to: 'files' }), 'Redis'), 'skipped');
    assert.match(failureOf(await run(redisCheck, settings), 'Redis').message, /ECONNREFUSED/);
    await redis.start();
    assert.match(messageOf(await run(redisCheck, settings), 'Redis'), /answers; 0 log records wait there$/);
    const wrong = failureOf(await run(redisCheck, { ...settings, redis_password: 'a-wrong-one' }), 'Redis');
    assert.match(wrong.message, /WRONGPASS/);
    assert.match(wrong.remedy, /redis_password .*copr-be\.conf/);
    const fill = `for n = 1, 10000 do redis.call('RPUSH', KEYS[1], '{}') end return 1`;
    await redis.ask(fill, 'copr:backend:log:fifo::');
    const [many] = await run(redisCheck, settings);
    assert.equal(many?.state, 'warning');
    assert.match(JSON.stringify(many), /10000 log records wait .*systemctl start copr-backend-log/);
  });

  it('logs in to a Pulp and reads what it serves, if one is configured, and tells each that is wrong', async function () {
    this.timeout(PULP_START_MS);
    assert.equal(stateOf(await run(pulpCheck, { pulp_cli_config: '/none' }), 'Pulp'), 'skipped');
    const given = await givenPulp();
    ends.push(given.close);
    const { server, repositories } = given;
    const watch = { memory: NO_MEMORY };
    const name = given.name();
    const made = await repositories.ensure(name);
    const { pulp_href: publication } = await repositories.publish(made.latest_version_href, watch);
    await repositories.serve({ name, publication, labels: {} }, watch);
    const settings = {
      ...{ pulp_base_url: server.url, pulp_username: server.username, pulp_password: server.password },
      ...{ pulp_content_url: server.contentUrl, pulp_cli_config: '/none' },
    };
    const right = await run(pulpCheck, settings, 20_000);
    assert.match(
      messageOf(right, 'Pulp'),
      /answers: core 3\.\d+\.\d+, rpm 3\.\d+\.\d+; its database, [1-9]\d* workers/,
    );
    assert.deepEqual(
      right.map(({ about, state }) => [about, state]),
      [
        ['Pulp', 'ok'],
        ['login to Pulp', 'ok'],
        ["Pulp's content", 'ok'],
      ],
    );
    const wrong = await run(pulpCheck, { ...settings, pulp_password: 'a-wrong-one' }, 20_000);
    assert.equal(stateOf(wrong, 'Pulp'), 'ok', 'the status is for everybody');
    assert.match(failureOf(wrong, 'login to Pulp').message, /401/);
    assert.match(failureOf(wrong, 'login to Pulp').remedy, /pulp_password .*copr-be\.conf/);
    const elsewhere = await run(pulpCheck, { ...settings, pulp_content_url: `${server.contentUrl}no/such` }, 20_000);
    const found = elsewhere.find(({ about }) => about === "Pulp's content");
    assert.equal(found?.state, 'warning');
    assert.match(found.message, new RegExp(`${name}/repodata/repomd\\.xml: HTTP 404`));
    const away = await run(pulpCheck, { ...settings, pulp_content_url: 'http://127.0.0.1:1' }, 20_000);
    assert.match(failureOf(away, "Pulp's content").message, /ECONNREFUSED/);
    const unset = await run(pulpCheck, { ...settings, pulp_content_url: '' }, 20_000);
    assert.match(failureOf(unset, "Pulp's content").remedy, /pulp_content_url in .*copr-be\.conf/);
    const dead = await run(pulpCheck, { ...settings, pulp_base_url: 'http://127.0.0.1:1' });
    assert.match(failureOf(dead, 'Pulp').message, /ECONNREFUSED/);
    assert.equal(dead.length, 1, 'nothing else is asked of it');
    await server.stopDatabase();
    try {
      assert.match(failureOf(await run(pulpCheck, settings, 20_000), 'Pulp').remedy, /systemctl status 'pulpcore/);
    } finally {
      await server.startDatabase();
    }
  });

  it('lets only a program that it can end wait for a file system that hangs', async () => {
    const asked = path.join(root.path, 'asked');
    const hangs = `#!/bin/sh\necho "$2" >> '${asked}'\nexec sleep 1000\n`;
    await writeFile(path.join(root.path, 'bin/stat'), hangs, { mode: 0o755 });
    process.env['PATH'] = `${root.path}/bin:${searched ?? ''}`;
    const verdicts = await run(storageCheck, {});
    for (const [key, name] of Object.entries({ destdir: 'results', state_dir: 'state', log_dir: 'logs' })) {
      const directory = path.join(root.path, name);
      assert.match(failureOf(verdicts, key).message, /does not answer: stat ran longer than 0\.5 s/);
      assert.equal(failureOf(verdicts, key).remedy.includes(`findmnt -T ${directory}`), true);
    }
    assert.equal(verdicts.length, 3, 'nothing else is asked of them');
    const { destdir, stateDir, logDir } = (await host({})).config;
    assert.deepEqual((await readFile(asked, 'utf8')).trim().split('\n').sort(), [destdir, stateDir, logDir].sort());
  });

  it('gives up a tree that hangs in the middle of the look before a take-over', async () => {
    const build = path.join(root.path, 'results/jdoe/hello/fedora-42-x86_64/00000007-hello');
    await mkdir(build, { recursive: true });
    await writeFile(path.join(build, 'backend.log'), 'Trying to allocate VM: ticket 17\n');
    const oldResults = (of: ExaminedHost): Check => {
      const check = takeOverChecks(of).find(({ about }) => about === 'old results');
      assert.ok(check);
      return check;
    };
    const well = await run(oldResults, {});
    assert.match(messageOf(well, 'old builds'), /^1 are half done/);
    assert.match(messageOf(well, 'old tickets'), /not known: 17$/);
    // Each program answers once, and never again: its process can be ended, a call of our own could not.
    for (const [name, answer] of Object.entries({ find: "printf 'jdoe\\0jdoe/hello\\0'", tail: ':' })) {
      await writeFile(path.join(root.path, 'bin', name), `#!/bin/sh\n${answer}\nexec sleep 1000\n`, { mode: 0o755 });
      process.env['PATH'] = `${root.path}/bin:${searched ?? ''}`;
      const hung = await run(oldResults, {});
      assert.match(failureOf(hung, 'old results').message, / does not answer: /, name);
      assert.match(failureOf(hung, 'old results').remedy, /findmnt -T/);
      await rm(path.join(root.path, 'bin', name));
    }
  });

  it('refuses a command of ours that the old service would call, as long as that runs', async () => {
    const bin = path.join(root.path, 'bin');
    const command = path.join(bin, 'copr-repo');
    const oldCommands = (of: ExaminedHost): Check => {
      const check = takeOverChecks(of, [bin]).find(({ about }) => about === 'old commands');
      assert.ok(check);
      return check;
    };
    await symlink(path.join(ROOT, 'bin/copr-repo.mjs'), command);
    const old = spawn('sleep', ['1000'], { argv0: 'Builder for task 7-fedora-42-x86_64: Job 7' });
    ends.push(() => old.kill());
    await once(old, 'spawn');
    const refused = failureOf(await run(oldCommands, {}), 'old commands');
    assert.equal(refused.message, `${command} is ours, and the old service, which still runs, calls copr-repo`);
    assert.equal(refused.remedy.split(';')[0], `npm uninstall --global --prefix ${root.path} copr-backend`);
    await rm(command);
    await writeFile(command, '#!/usr/bin/python3\n', { mode: 0o755 });
    assert.equal(stateOf(await run(oldCommands, {}), 'old commands'), 'ok', 'its own');
    await rm(command);
    await symlink(path.join(ROOT, 'bin/copr-repo.mjs'), command);
    old.kill();
    await once(old, 'exit');
    assert.equal(stateOf(await run(oldCommands, {}), 'old commands'), 'ok', 'nothing calls it any more');
  });

  it('names a program that is missing with its package, and an old createrepo_c with the version that is wanted', async () => {
    const bin = path.join(root.path, 'bin');
    const says = '#!/bin/sh\necho "Version: 0.17.3 (Features: )"\n';
    for (const name of ['flock', 'ssh', 'rsync', 'modifyrepo_c', 'createrepo_c'])
      await writeFile(path.join(bin, name), says, { mode: 0o755 });
    process.env['PATH'] = bin;
    const old = await run(programsCheck, {});
    assert.equal(messageOf(old, 'program createrepo_c'), '0.17.3');
    const noted = old.find(({ about, state }) => about === 'programs' && state === 'warning');
    assert.match(JSON.stringify(noted), /createrepo_c 0\.17\.3 .*update it to 0\.20\.1 or newer/);
    const signing = await run(programsCheck, { do_sign: 'true' });
    assert.match(failureOf(signing, 'program rpmsign').remedy, /^dnf install rpm-sign /);
  });

  it('reads what systemd says about our units', async () => {
    const answer = (unit: string, rest: string): string => `Id=${unit}\nLoadState=loaded\n${rest}\n\n`;
    const said =
      answer('copr-backend-poller.service', 'ActiveState=active\nUnitFileState=enabled\nNRestarts=0') +
      answer('copr-backend-build.service', 'ActiveState=failed\nUnitFileState=enabled\nResult=exit-code') +
      answer('copr-backend-storage.service', 'ActiveState=inactive\nUnitFileState=disabled') +
      answer('copr-backend-build@0.2.0-1a2b.service', 'ActiveState=failed\nUnitFileState=enabled\nResult=signal');
    const file = path.join(root.path, 'said');
    await writeFile(file, said);
    const systemctl = path.join(root.path, 'bin/systemctl');
    await writeFile(systemctl, `#!/bin/sh\necho "$*" > '${file}-asked'\nexec cat '${file}'\n`, { mode: 0o755 });
    process.env['PATH'] = `${path.dirname(systemctl)}:${searched ?? ''}`;
    const units = await run(unitsCheck, {});
    assert.deepEqual(
      units.map(({ about, state }) => [about, state]),
      [
        ['copr-backend-poller', 'ok'],
        ['copr-backend-build', 'failed'],
        ['copr-backend-storage', 'skipped'],
        ['copr-backend-build@0.2.0-1a2b', 'failed'],
      ],
    );
    for (const role of ['poller', 'build', 'storage', 'action'])
      assert.ok((await readFile(`${file}-asked`, 'utf8')).includes(` copr-backend-${role}@*.service`), role);
    assert.equal(
      failureOf(units, 'copr-backend-build@0.2.0-1a2b').remedy,
      'journalctl -u copr-backend-build@0.2.0-1a2b.service -n 100; then systemctl restart copr-backend-build@0.2.0-1a2b.service',
    );
    assert.doesNotMatch(await readFile(`${file}-asked`, 'utf8'), /copr-backend-log/);
    await run(unitsCheck, { log_to: 'redis' });
    assert.match(await readFile(`${file}-asked`, 'utf8'), /copr-backend-log\.service/);
    assert.match(failureOf(units, 'copr-backend-build').remedy, /journalctl -u copr-backend-build\.service/);
  });

  it('names commands that are missing or of another package, with what puts ours in their place', async () => {
    const bin = path.join(root.path, 'bin');
    const { bin: ours } = JSON.parse(await readFile(path.join(ROOT, 'package.json'), 'utf8')) as {
      readonly bin: Readonly<Record<string, string>>;
    };
    process.env['PATH'] = bin;
    for (const [name, file] of Object.entries(ours)) await symlink(path.join(ROOT, file), path.join(bin, name));
    assert.deepEqual(
      (await run(pathCheck, {})).map(({ state }) => state),
      ['ok'],
    );
    await rm(path.join(bin, 'copr_fix_gpg.py'));
    await rm(path.join(bin, 'copr-repo'));
    await writeFile(path.join(bin, 'copr-repo'), '#!/bin/sh\n', { mode: 0o755 });
    const verdicts = await run(pathCheck, {});
    assert.deepEqual(
      verdicts.map((verdict) => [verdict.state, verdict.message, 'remedy' in verdict ? verdict.remedy : '']),
      [
        ['warning', 'not found: copr_fix_gpg.py', `npm install --global ${ROOT.replace(/\/$/, '')}`],
        [
          'warning',
          `of another package: ${path.join(bin, 'copr-repo')}`,
          'remove that package (dnf remove copr-backend), or put the directory of ours before it in PATH',
        ],
      ],
    );
  });

  it('says what of the configuration of ssh keeps it from the builders, and what to do about the file', async () => {
    const file = path.join(root.path, 'ssh_config');
    const key = path.join(root.path, 'id_builders');
    const { configFile } = await host({});
    const asked = (): Promise<readonly Verdict[]> => run(sshCheck, { builder_config: file });
    const remedyNow = async (): Promise<string> => failureOf(await asked(), 'ssh').remedy;
    assert.equal(await remedyNow(), `write it (docs/operations.md), or set builder_config in [ssh] of ${configFile}`);
    await writeFile(file, 'Hots *\n');
    assert.equal(await remedyNow(), `correct ${file}`);
    await writeFile(file, `Host *\n  IdentityFile ${key}\n  IdentityAgent none\n`);
    assert.equal(await remedyNow(), `chown copr: and chmod 0600 the IdentityFile of ${file}`);
    assert.equal(messageOf(await asked(), 'ssh'), `no key of ${file} can be read: ${key}`);
    await writeFile(key, '');
    assert.equal(stateOf(await asked(), 'ssh'), 'ok');
  });

  it('says of root, and of a user who does not own the results, that it should be run by the user of the workers', async () => {
    const of = await host({ destdir: '/usr' });
    const stranger = await asNobody(() => runChecks([userCheck(of)], { limitMs: 30_000, waiting: () => undefined }));
    const { state, message } = stranger[0] ?? {};
    assert.equal(state, 'warning');
    assert.match(message ?? '', /^\S+ does not own \/usr \(uid 0\)$/);
    assert.match(JSON.stringify(stranger), /"remedy":"sudo -u copr copr-backend doctor"/);
    const here = await run(userCheck, {});
    if (process.geteuid?.() !== 0) assert.equal(stateOf(here, 'user'), 'ok');
    else assert.match(JSON.stringify(here), /"warning".*"remedy":"runuser -u copr -- copr-backend doctor"/);
  });

  it('names a namespace that is missing and queues that nobody works on, with the commands', async () => {
    const check = (of: ExaminedHost): Check => temporalCheck(of, { wantsWorkers: true });
    const none = await run(check, { temporal_namespace: 'nobody-made-this' });
    assert.match(
      failureOf(none, 'temporal').remedy,
      /^temporal operator namespace create --namespace nobody-made-this /,
    );
    const idle = await run(check, { storage_name: 'nowhere' });
    assert.equal(stateOf(idle, "Temporal's clock"), 'ok');
    assert.equal(stateOf(idle, 'search attributes'), 'ok');
    assert.match(failureOf(idle, 'workers').message, /copr\.follow\.nowhere, copr\.steps\.nowhere/);
  });

  it('is a command: exit status 1, one JSON object, and the password nowhere', async () => {
    const frontend = createHttpServer((request, response) => {
      response.statusCode = 500;
      response.end(`you said ${request.headers.authorization ?? ''} ${PASSWORD}`);
    });
    const url = `http://127.0.0.1:${await listening(frontend)}`;
    const { configFile } = await host({ frontend_base_url: url, frontend_auth: PASSWORD });
    const args = [...fixture('program.ts'), 'copr-backend', 'doctor', '--config', configFile];
    const json = await runCommand(process.execPath, [...args, '--json'], { cwd: ROOT, timeoutMs: 60_000 });
    assert.equal(json.code, 1, json.stderr);
    const answer = JSON.parse(json.stdout) as { readonly ok: boolean; readonly verdicts: readonly Verdict[] };
    assert.equal(answer.ok, false);
    assert.match(failureOf(answer.verdicts, 'frontend').message, /HTTP 500: you said/);
    const text = await runCommand(process.execPath, args, { cwd: ROOT, timeoutMs: 60_000 });
    assert.match(text.stdout, /^FAILED +frontend +GET .*\n +do: see from this host: curl/m);
    const spelled = Buffer.from(`user:${PASSWORD}`).toString('base64');
    for (const output of [json, text].flatMap(({ stdout, stderr }) => [stdout, stderr]))
      assert.ok(!output.includes(PASSWORD) && !output.includes(spelled), output);
  });

  async function host(settings: Readonly<Record<string, string>>): Promise<ExaminedHost> {
    const profile = path.join(root.path, 'temporal.toml');
    await writeFile(profile, `[profile.copr]\naddress = "${address}"\n`);
    const own = {
      destdir: path.join(root.path, 'results'),
      state_dir: path.join(root.path, 'state'),
      log_dir: path.join(root.path, 'logs'),
      msgbuses_dir: path.join(root.path, 'none'),
      frontend_base_url: 'http://127.0.0.1:1',
      resalloc_connection: 'http://127.0.0.1:1',
      frontend_auth: 'secret',
      temporal_profile: `${profile}#copr`,
      ...settings,
    };
    const linesOf = (isWanted: (key: string) => boolean): string =>
      Object.entries(own)
        .flatMap(([key, value]) => (isWanted(key) ? [`${key} = ${value}\n`] : []))
        .join('');
    const isOfSsh = (key: string): boolean => key === 'builder_config';
    const text = `[backend]\n${linesOf((key) => !isOfSsh(key))}[ssh]\n${linesOf(isOfSsh)}`;
    const configFile = path.join(root.path, 'copr-be.conf');
    await writeFile(configFile, text);
    const { config } = readConfig(text, configFile);
    return { config, configFile, settings: inspectConfig(text).settings, role: 'all', silenceMs: 500 };
  }

  async function run(
    check: (of: ExaminedHost) => Check,
    settings: Readonly<Record<string, string>>,
    silenceMs = 500,
  ): Promise<readonly Verdict[]> {
    const of = { ...(await host(settings)), silenceMs };
    return runChecks([check(of)], { limitMs: 30_000, waiting: () => undefined });
  }

  /** The port of a server that is closed after the test. */
  async function listening(server: Server): Promise<number> {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    server.on('connection', (socket) => ends.push(() => socket.destroy()));
    ends.push(() => server.close());
    return (server.address() as AddressInfo).port;
  }
});

function stateOf(verdicts: readonly Verdict[], about: string): string | undefined {
  return verdicts.find((verdict) => verdict.about === about)?.state;
}

function messageOf(verdicts: readonly Verdict[], about: string): string {
  return verdicts.find((verdict) => verdict.about === about)?.message ?? '';
}

function failureOf(verdicts: readonly Verdict[], about: string): Extract<Verdict, { readonly remedy: string }> {
  const found = verdicts.find((verdict) => verdict.about === about);
  assert.ok(found?.state === 'failed', JSON.stringify(verdicts));
  return found;
}
