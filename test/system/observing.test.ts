import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCommand, type CommandResult } from '../../src/adapters/process/run-command.js';
import { exportedMetrics } from '../support/exported-metrics.js';
import { shownQueries } from '../support/observability.js';
import { readPromql } from '../support/promql.js';
import { findTemporal } from '../../temporal/binary.js';
import { type RunningDevServer, startDevServer } from '../../temporal/dev-server.js';
import { freePorts } from '../support/free-ports.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const BIN = join(ROOT, 'bin/copr-backend.mjs');
const SAMPLE = /^[a-zA-Z_:][a-zA-Z0-9_:]*(\{[^}]*\})? (-?[0-9.e+-]+|NaN|[+-]Inf)( \d+)?$/;

/** A build that waits for its batch: the frontend knows it, and does not list it. */
const KEPT_BACK = {
  ...{ task_id: '11', build_id: 11, project_owner: 'jdoe', project_name: 'hello', project_dirname: 'hello' },
  ...{ sandbox: 'jdoe/hello--jdoe', background: false, chroot: null, package_name: null, submitter: 'jdoe' },
  ...{ source_type: 8, source_json: '{}', appstream: false, repos: [] },
};

/** A real worker, a frontend that lists tasks and has trouble with each of them, and those who ask how it goes. */
describe('a worker that is watched', function () {
  this.timeout(300_000);
  let scratch: string;
  let frontend: Server;
  let temporal: RunningDevServer;
  let worker: ChildProcess;
  let base: string;
  let config: string;
  let output = '';
  let isHealed = false;

  before(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'copr-observing-'));
    for (const name of ['logs', 'results']) await mkdir(join(scratch, name));
    const listed = ['1', '2', '3'].map((id) => ({ task_id: id, project_owner: id === '3' ? 'ann' : 'jdoe' }));
    frontend = createServer((request, response) => {
      const lists: Readonly<Record<string, unknown>> = {
        ...(isHealed ? { '/backend/get-srpm-build-task/1/': {}, '/backend/update/': {} } : {}),
        '/backend/get-srpm-build-task/11/': KEPT_BACK,
        '/backend/get-srpm-build-task/78/': null,
        '/backend/pending-jobs/': isHealed ? [] : listed,
        '/backend/pending-actions/': [],
        '/backend/build-tasks/cancel-requests/': [],
      };
      const known = Object.hasOwn(lists, request.url ?? '');
      response.writeHead(known ? 200 : 503, { 'copr-fe-be-api-version': '9' });
      response.end(JSON.stringify(known ? lists[request.url ?? ''] : 'out of order'));
    }).listen(0, '127.0.0.1');
    await once(frontend, 'listening');
    const { http, port, uiPort } = await freePorts(['http', 'port', 'uiPort']);
    base = `http://127.0.0.1:${http}`;
    const { path: binary } = await findTemporal();
    const place = { port, uiPort, databaseFile: join(scratch, 'temporal.db') };
    temporal = await startDevServer({ ...place, binary, root: ROOT, logFile: join(scratch, 'temporal.log') });
    const address = `127.0.0.1:${port}`;
    const profile = join(scratch, 'temporal.toml');
    await writeFile(profile, `[profile.default]\naddress = "${address}"\nnamespace = "default"\n`);
    config = join(scratch, 'copr-be.conf');
    const keys = [
      ...[`destdir=${scratch}/results`, `state_dir=${scratch}/state`, `log_dir=${scratch}/logs`, 'do_sign=false'],
      ...[
        `frontend_base_url=http://127.0.0.1:${(frontend.address() as AddressInfo).port}`,
        'frontend_auth=s3cret-word',
      ],
      ...[`temporal_profile=${profile}`, 'builds_max_workers=1', 'sleeptime=1', `msgbuses_dir=${scratch}/none`],
      ...[`http_listen=${base.slice('http://'.length)}`],
    ];
    await writeFile(config, `[backend]\n${keys.join('\n')}\n`);
    worker = spawn(process.execPath, [BIN, 'worker', 'all', '--allow-root', '--config', config], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [worker.stdout, worker.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        output += chunk.toString();
      });
    }
    await until('two tasks wait', async () => {
      const answer = await get('/queue').catch(() => null);
      return answer?.status === 200 && (JSON.parse(answer.text) as { waiting: number }).waiting === 2;
    });
  });

  after(async () => {
    if (worker.exitCode === null && worker.signalCode === null) {
      worker.kill('SIGTERM');
      await once(worker, 'exit');
    }
    await temporal.stop();
    frontend.closeAllConnections();
    frontend.close();
    await rm(scratch, { recursive: true, force: true });
  });

  it('says its version where it is asked whether it lives, and in its first line', async () => {
    const { version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as { readonly version: string };
    const { status, text } = await get('/healthz');
    assert.equal(status, 200);
    assert.deepEqual(JSON.parse(text), { alive: true, version });
    const [first = '{}'] = output.split('\n').filter((line) => line.startsWith('{'));
    assert.equal((JSON.parse(first) as { readonly version?: string }).version, version, first);
  });

  it('is ready, and says why each task waits', async () => {
    await until('it is ready', async () => (await get('/readyz')).status === 200);
    const { text } = await get('/builds/3');
    const { state, position, heldBy } = JSON.parse(text) as Record<string, unknown>;
    assert.deepEqual([state, position], ['waiting', 1], 'the first of ann goes before the second of jdoe');
    assert.deepEqual(heldBy, [{ limit: 'workers', used: 1, of: 1 }]);
    const page = JSON.parse((await get('/queue?owner=ann')).text) as { matching: number; tasks: { task: string }[] };
    assert.deepEqual([page.matching, page.tasks.map(({ task }) => task)], [1, ['3']]);
    const admitted = JSON.parse((await get('/builds/1')).text) as { state: string; status: { stage: string } };
    assert.deepEqual([admitted.state, admitted.status.stage], ['admitted', 'preparing']);
  });

  it('has metrics that a Prometheus can read: its own and the SDK’s, and nobody by name', async () => {
    await until('a failed attempt is counted', async () =>
      (await get('/metrics')).text.includes('copr_activity_failures_total{activity="beginBuild"'),
    );
    const { status, text } = await get('/metrics');
    assert.equal(status, 200);
    const samples = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    assert.deepEqual(
      samples.filter((line) => !SAMPLE.test(line)),
      [],
    );
    const families = text
      .split('\n')
      .filter((line) => line.startsWith('# TYPE'))
      .map((line) => line.split(' ')[2]);
    assert.equal(new Set(families).size, families.length, 'no family stands there twice');
    assert.ok(samples.includes('copr_workflows_failing_tasks{type="repository"} 0'), 'somebody looks for them');
    assert.ok(samples.includes('copr_tasks_waiting{of="builds"} 2'), text);
    assert.ok(samples.includes('copr_tasks_held{of="builds",limit="workers"} 2'));
    assert.ok(samples.includes('copr_slots_used{of="builds",limit="workers",name=""} 1'));
    assert.ok(samples.includes('copr_waits{system="frontend"} 1'));
    assert.match(text, /copr_activity_failures_total\{activity="beginBuild",code="FrontendUnavailable"\} [1-9]/);
    assert.match(text, /copr_call_seconds_count\{system="frontend",call="pendingBuilds",result="ok"\} [1-9]/);
    assert.match(text, /^temporal_worker_task_slots_available\{/m);
    assert.match(text, /^temporal_activity_schedule_to_start_latency_seconds_bucket/m);
    assert.doesNotMatch(text, /jdoe|ann"|s3cret-word/);
  });

  it('has the labels that alerts and dashboard ask for', async () => {
    const { text } = await get('/metrics');
    const shown = new Map<string, Set<string>>();
    for (const [, name = '', labels = ''] of text.matchAll(/^(\w+)\{([^}]*)\} /gm)) {
      const seen = shown.get(name) ?? new Set(['job', 'instance']);
      for (const [, label = ''] of labels.matchAll(/(\w+)="/g)) seen.add(label);
      shown.set(name, seen);
    }
    assert.ok(shown.get('temporal_worker_task_slots_available')?.has('worker_type'));
    const known = new Map([...exportedMetrics(), ...shown]);
    const problems = shownQueries().flatMap(({ where, query }) =>
      readPromql(query, known).problems.map((problem) => `${where}: ${problem}`),
    );
    assert.deepEqual(problems, []);
  });

  it('answers nothing but reads of what it knows', async () => {
    for (const [path, status] of [
      ['/queue?owner=ann&limit=99999', 400],
      ['/queue?sort=x', 400],
      ['/builds/..%2f..%2fetc', 404],
      ['/builds/%E0%A4%A', 400],
      ['/builds/77', 404],
      ['/constructor', 404],
      [`/${'x'.repeat(3000)}`, 400],
    ] as const) {
      assert.equal((await get(path)).status, status, path.slice(0, 40));
    }
    assert.equal((await fetch(`${base}/queue`, { method: 'POST', body: 'x' })).status, 405);
  });

  it('is asked by the commands for people', async () => {
    const queue = await cli('queue', '--owner', 'ann');
    assert.match(queue.stdout, /waiting: 2 builds, 1 of them fit[\s\S]*1 +1 +3 +ann +not known yet +workers 1\/1/);
    const waits = await cli('status', '3');
    assert.equal(waits.code, 0, waits.stderr);
    assert.match(waits.stdout, /waits to be admitted, number 1 of 2, 1 of 1 of its owner[\s\S]*held by workers 1\/1/);
    assert.equal((await cli('status', '77')).code, 3);
  });

  it('says what is known of a build that the frontend keeps back', async () => {
    const kept = await cli('status', '11');
    assert.equal(kept.code, 0, kept.stderr);
    assert.match(
      kept.stdout,
      /^11 {2}known to the frontend, which does not list it for building\n {2}jdoe\/hello in srpm-/,
    );
    assert.match(kept.stdout, /its batch waits for another one/);
    const log = await cli('logs', '11', '--follow');
    assert.deepEqual([log.code, log.stdout], [1, ''], 'it may be over there: nothing to wait for');
    const nobodys = await cli('status', '78');
    assert.equal(nobodys.code, 3);
    assert.match(nobodys.stderr, /nor does the frontend list it, and has no record of it to be built/);
  });

  it('waits for the log of a build that is not started yet, saying why, until ctrl-C', async () => {
    const waits = await cli('logs', '3');
    assert.equal(waits.code, 1);
    assert.match(waits.stderr, /^3 waits to be admitted, held by workers 1\/1 \(--follow waits for it\)\n$/);
    const following = spawn(process.execPath, [BIN, 'logs', '3', '--follow', '--config', config]);
    let said = '';
    following.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
    const ended = once(following, 'exit');
    await until('it says why', () => Promise.resolve(said.includes('\n')));
    assert.equal(said, '3 waits to be admitted, held by workers 1/1\n');
    following.kill('SIGINT');
    assert.deepEqual(await ended, [null, 'SIGINT'], 'a shell says 130');
  });

  it('keeps a second one from its port, which says what to do', async () => {
    const second = await cli('worker', 'all', '--allow-root');
    assert.equal(second.code, 1);
    assert.match(second.stderr, /cannot listen at 127\.0\.0\.1:\d+ .*another process listens there.*--http-listen/);
  });

  it('counts each end once, and times the stages', async () => {
    isHealed = true;
    const ended = 'copr_builds_total{kind="source",result="refused",code="TaskInvalid"} 1\n';
    await until('the one that ran has ended', async () => (await get('/metrics')).text.includes(ended));
    // The report is counted a moment before the workflow hears of it and leaves its last stage.
    const left = /^copr_build_stage_seconds_count\{[^}]*stage="reporting"/m;
    await until('its last stage is over', async () => left.test((await get('/metrics')).text));
    const { text } = await get('/metrics');
    const stages = text
      .split('\n')
      .filter((line) => line.startsWith('copr_build_stage'))
      .join('\n');
    assert.match(stages, /^copr_build_stage_seconds_bucket\{[^}]*stage="preparing"[^}]*le="86400"\} 1$/m);
    assert.match(stages, /^copr_build_stage_seconds_count\{[^}]*stage="reporting"[^}]*\} 1$/m);
    // The caller that was turned away last tries again within moments.
    const nobody = /^copr_waits\{system="frontend"\} 0$/m;
    await until('nobody waits for the frontend', async () => nobody.test((await get('/metrics')).text));
  });

  it('is not missed by the commands: they say what Temporal alone knows', async () => {
    worker.kill('SIGKILL');
    await once(worker, 'exit');
    const other = await runCommand(process.execPath, [BIN, 'status', '99', '--config', config], { timeoutMs: 120_000 });
    assert.equal(other.code, 3);
    assert.match(other.stderr, /whether it waits is not known: no poller answers at http/);
  });

  async function get(path: string): Promise<{ readonly status: number; readonly text: string }> {
    const answer = await fetch(`${base}${path}`);
    return { status: answer.status, text: await answer.text() };
  }

  function cli(...args: readonly string[]): Promise<CommandResult> {
    return runCommand(process.execPath, [BIN, ...args, '--config', config], { timeoutMs: 120_000 });
  }

  async function until(what: string, fact: () => Promise<boolean>): Promise<void> {
    const end = Date.now() + 240_000;
    while (!(await fact())) {
      if (worker.exitCode !== null || Date.now() > end) throw new Error(`waited in vain: ${what}\n${output}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
});
