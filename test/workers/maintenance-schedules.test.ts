import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { startPool, type RunningPool } from '../../playground/pool/server.js';
import { runCommand, type CommandResult } from '../../src/adapters/process/run-command.js';
import { answerJson, startFrontendServer, type FrontendServer } from '../adapters/frontend-http/frontend-server.js';
import { BIN, givenNamespace, type GivenNamespace, type NamespaceWorker } from '../support/given-namespace.js';
import { givenDirectory } from '../support/given-directory.js';
import { until } from '../support/until.js';

const CHROOT = 'fedora-42-x86_64';

/** Real workers, a results tree, and the playground's Resalloc; the frontend answers over HTTP. */
describe('the Schedules of maintenance', function () {
  this.timeout(300_000);
  let given: GivenNamespace;
  let frontend: FrontendServer;
  let pool: RunningPool;
  let state: Awaited<ReturnType<typeof givenDirectory>>;
  let isFrontendUp: boolean;
  const workers: NamespaceWorker[] = [];

  beforeEach(async () => {
    isFrontendUp = true;
    frontend = await startFrontendServer();
    frontend.answer = (request, response) => {
      if (!isFrontendUp) response.writeHead(502).end();
      else if ((request.url ?? '').startsWith('/api_3/project?'))
        answerJson({ devel_mode: false, storage: 'backend', chroot_repos: { [CHROOT]: 'http://x/' } })(
          request,
          response,
        );
      else answerJson([])(request, response);
    };
    state = await givenDirectory();
    pool = await startPool({ port: 0, stateDir: state.path, builders: 0, builderPortBase: 0, authorizedKeys: '' });
    given = await givenNamespace([
      ...[`frontend_base_url=${frontend.url}`, `resalloc_connection=${pool.url}`, 'do_sign=false'],
      ...['prune_at=03:30', 'reconcile=repodata=fix'],
    ]);
  });

  afterEach(async () => {
    for (const worker of workers.splice(0)) await worker.stop();
    await given.remove();
    await pool.close();
    await frontend.stop();
    await state.remove();
  });

  async function start(...roles: readonly ('poller' | 'action' | 'storage')[]): Promise<void> {
    for (const role of roles) workers.push(await given.startWorker(role));
  }

  function command(...args: readonly string[]): Promise<CommandResult> {
    return runCommand(process.execPath, [BIN, ...args, '--config', given.configFile], { timeoutMs: 120_000 });
  }

  it('are listed with the others, run, paused and resumed by people, and stay paused when a poller starts', async () => {
    await start('poller', 'action');
    const listed = await command('schedule', 'list');
    assert.equal(listed.code, 0, listed.summary);
    for (const job of ['clean-result-directories', 'prune-srpms', 'prune-results', 'reconcile', 'trash'])
      assert.match(listed.stdout, new RegExp(`^${job} +main +(day|hour) +20\\d\\d-.*never`, 'm'));
    assert.doesNotMatch(listed.stdout, /hit-counters/, 'no log is configured');

    const run = await command('schedule', 'run', 'compress-live-logs', '--wait');
    assert.deepEqual([run.code, run.stdout], [0, '0 live logs compressed or removed\n']);
    const details = await command('schedule', 'list', 'compress-live-logs', '--json');
    const { rounds } = JSON.parse(details.stdout) as { rounds: { state: string; summary: string }[] };
    assert.deepEqual(
      rounds.map(({ state, summary }) => [state, summary]),
      [['completed', '0 live logs compressed or removed']],
    );

    assert.equal((await command('schedule', 'pause', 'reconcile', '--reason', 'the frontend moves')).code, 0);
    await start('poller');
    const paused = await command('schedule', 'list');
    assert.match(paused.stdout, /^reconcile in main is paused: paused by \S+: the frontend moves$/m);
    assert.equal((await command('schedule', 'resume', 'reconcile')).code, 0);
    assert.doesNotMatch((await command('schedule', 'list')).stdout, /is paused/);

    const none = await command('schedule', 'run', 'hit-counters');
    assert.deepEqual([none.code, none.stdout], [3, '']);
    assert.match(none.stderr, /hit-counters has no Schedule in main: a poller makes it when it starts/);
  });

  it('say why a round is still under way, and start no second one beside it', async () => {
    await start('poller');
    const started = await command('schedule', 'run', 'unknown-tickets');
    assert.match(started.stdout, /^started: maintenance\/unknown-tickets\/main-20\d\d-/);
    const second = await command('schedule', 'run', 'unknown-tickets');
    assert.equal(second.code, 1);
    assert.match(second.stderr, /a round of unknown-tickets is under way since/);
    const why = /under way since 20\S+: waits for a worker of the role build, action or all$/m;
    for (const of of [[], ['unknown-tickets']]) assert.match((await command('schedule', 'list', ...of)).stdout, why);
  });

  it('reconcile: nothing is done on healthy days; metadata that is missing at two looks is made', async () => {
    await start('poller', 'action', 'storage');
    const chrootDir = path.join(given.destdir, 'jdoe/hello', CHROOT);
    await mkdir(chrootDir, { recursive: true });
    const repomd = path.join(chrootDir, 'repodata/repomd.xml');
    const first = await command('schedule', 'run', 'reconcile', '--wait');
    assert.match(first.stdout, / things looked at: 1 seen once, which may be under way$/m);
    assert.equal(first.code, 0, first.stderr);

    const looked = await command('reconcile', '--allow-root');
    assert.equal(looked.code, 1);
    assert.match(
      looked.stdout,
      /^repodata: jdoe\/hello has no metadata for its chroot fedora-42-x86_64 \(since .*\)$/m,
    );
    assert.ok(!existsSync(repomd), 'a look changes nothing');

    // An hour later.
    const memory = path.join(given.destdir, '.reconcile/state.json');
    const hourAgo = new Date(Date.now() - 3_600_000).toISOString();
    const aged = (await readFile(memory, 'utf8')).replaceAll(/"since":"[^"]*"/g, `"since":"${hourAgo}"`);
    await writeFile(memory, aged);

    isFrontendUp = false;
    const blind = await command('schedule', 'run', 'reconcile', '--wait');
    assert.equal(blind.code, 1);
    assert.match(blind.stderr, /repodata could not be looked at: /);
    assert.ok(!existsSync(repomd), 'a look that failed is no evidence');

    isFrontendUp = true;
    const second = await command('schedule', 'run', 'reconcile', '--wait');
    assert.match(second.stdout, /; 1 fixed$/m);
    await until('the metadata is made', () => existsSync(repomd));
    const healthy = await command('reconcile', '--allow-root', '--json');
    const { summary, lines } = JSON.parse(healthy.stdout) as { summary: string; lines: string[] };
    assert.deepEqual([healthy.code, lines], [0, []], summary);
  });
});
