import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { runCommand, type CommandResult } from '../../src/adapters/process/run-command.js';
import { createFailingWorkflows } from '../../src/adapters/temporal/failing-workflows.js';
import { createWorkflowMessages } from '../../src/adapters/temporal/workflow-messages.js';
import { DEFAULT_DURATIONS } from '../../src/contracts/durations.js';
import { BUILD_DISPATCHER_ID, buildWorkflowId, repositoryWorkflowId } from '../../src/contracts/names/ids.js';
import { repositoryChange } from '../../src/contracts/repository/repository.js';
import { WORKFLOW_QUEUE } from '../../src/contracts/names/task-queues.js';
import { createObserving, type Observing } from '../../src/observing/create-observing.js';
import { watchWorkflows } from '../../src/workers/watch-workflows.js';
import { findTemporal } from '../../temporal/binary.js';
import { type RunningDevServer, startDevServer } from '../../temporal/dev-server.js';
import { workflowBundle } from '../support/temporal.js';
import { fixture, ROOT } from '../support/worker-process.js';
import { until } from '../support/until.js';
import { freePorts } from '../support/free-ports.js';

const BIN = join(ROOT, 'bin/copr-backend.mjs');
const ANOTHER = join(ROOT, 'test/fixtures/another-version.ts');
const REPOSITORY = { owner: 'jdoe', dirname: 'hello', chroot: 'custom-1-x86_64' };
const REPOSITORY_ID = repositoryWorkflowId(REPOSITORY);
const MARK = 'system.numConsecutiveWorkflowTaskProblemsToTriggerSearchAttribute';

/**
 * A server of their own: it marks failing workflows after two failures, or never. Workers of two versions take turns on
 * one history.
 */
for (const [server, failures] of [
  ['a server that marks failing workflows', 2],
  ['a server that does not', 0],
] as const) {
  describe(`workflow tasks that fail, on ${server}`, function () {
    this.timeout(180_000);
    let temporal: RunningDevServer;
    let address: string;
    let connection: Connection;
    let client: Client;
    let scratch: string;
    /** Bundles of two versions. */
    let today: string;
    let another: string;
    let config: string;
    let observing: Observing;
    let stopWatching: () => Promise<void>;
    let logged: string[];

    before(async () => {
      scratch = await mkdtemp(join(tmpdir(), 'copr-failing-'));
      await mkdir(join(scratch, 'results'));
      const { path: binary } = await findTemporal();
      const { port, uiPort } = await freePorts(['port', 'uiPort']);
      temporal = await startDevServer({
        ...{ port, uiPort, binary, root: ROOT, dynamicConfig: { [MARK]: failures } },
        ...{ databaseFile: join(scratch, 'temporal.db'), logFile: join(scratch, 'temporal.log') },
      });
      address = `127.0.0.1:${port}`;
      connection = await Connection.connect({ address });
      client = new Client({ connection });
      const profile = join(scratch, 'temporal.toml');
      await writeFile(profile, `[profile.default]\naddress = "${address}"\n`);
      config = join(scratch, 'copr-be.conf');
      const keys = [`destdir=${scratch}/results`, `state_dir=${scratch}/state`, `temporal_profile=${profile}`];
      await writeFile(config, `[backend]\n${[...keys, 'http_listen='].join('\n')}\n`);
      today = join(scratch, 'today.js');
      await writeFile(today, ((await workflowBundle()) as { readonly code: string }).code);
      another = join(scratch, 'another.js');
      const bundle = await bundleWorkflowCode({ workflowsPath: ANOTHER, logger: new DefaultLogger('ERROR') });
      await writeFile(another, bundle.code);
      observing = createObserving();
      logged = [];
      const log = (fields: object, text: string): void => void logged.push(`${text} ${JSON.stringify(fields)}`);
      stopWatching = watchWorkflows({
        workflows: createFailingWorkflows({
          client,
          bounds: { described: 200, attempts: 3 },
        }),
        seen: observing.workflows.seen,
        log: { error: log, info: log, warn: (...said: unknown[]) => assert.fail(JSON.stringify(said)) },
        pauseMs: 200,
      });
    });
    after(async () => {
      await stopWatching();
      await connection.close();
      await temporal.stop();
      await rm(scratch, { recursive: true, force: true });
    });

    it('are none while all goes well', async () => {
      await until('somebody has looked', () => observing.workflows.lookedAt() !== null);
      assert.equal(await failing('repository'), 0);
      assert.deepEqual(observing.workflows.warnings(), []);
      assert.equal((await cli('status')).stdout, 'nothing runs, and nothing ended within the last hour\n');
    });

    it('are counted and named, with the reason and what to do, until the right code is back', async () => {
      const request = { requestId: 'first', workflowId: 'build/1', runId: '0' };
      await withWorker(today, async () => {
        await ask({ ...request, change: repositoryChange('full') });
        await until('its work is scheduled', async () => (await pendingActivities()).includes('publishRepository'));
      });
      await withWorker(another, async () => {
        await ask({ ...request, requestId: 'second', change: repositoryChange('full') });
        await until('it is counted', async () => (await failing('repository')) === 1);
        assert.match(
          observing.workflows.warnings().join('\n'),
          /^workflow tasks fail again and again of repository\/jdoe\/hello\/custom-1-x86_64: `copr-backend status` says/,
        );
        assert.match(logged.at(-1) ?? '', /^workflow tasks fail again and again.*repository\/jdoe\/hello/);

        const { stdout } = await cli('status');
        assert.match(
          stdout,
          /^workflow tasks of repository\/jdoe\/hello\/custom-1-x86_64 fail since 20\S+: \[TMPRL1100\] Nondeterminism error.*\n {2}what to do: other code wrote its history: run the version that did, .*\n {2}last resort: temporal workflow terminate --namespace default --workflow-id 'repository\/jdoe\/hello\/custom-1-x86_64'\n {4}nothing is lost: each waiting workflow asks/,
        );
        const [line = ''] = (await cli('status', '--json')).stdout.split('\n');
        const { workflow, type, failing: facts } = JSON.parse(line) as Record<string, Record<string, unknown>>;
        assert.deepEqual([workflow, type, facts?.['cause']], [REPOSITORY_ID, 'repository', 'nondeterminism']);
      });
      await withWorker(today, async () => {
        await until('it goes on', async () => (await failing('repository')) === 0);
        assert.deepEqual(observing.workflows.warnings(), []);
        assert.match(logged.at(-1) ?? '', /^no workflow fails its tasks any more/);
        assert.doesNotMatch((await cli('status')).stdout, /workflow tasks/);
      });
      await client.workflow.getHandle(REPOSITORY_ID).terminate();
    });

    it('of a dispatcher are said to whoever asks for a task, or for the queue', async () => {
      await withWorker(another, async () => {
        await client.workflow.start('buildDispatcher', { workflowId: BUILD_DISPATCHER_ID, taskQueue: WORKFLOW_QUEUE });
        await until('it is counted', async () => (await failing('buildDispatcher')) === 1);
        const said =
          /workflow tasks of dispatcher\/builds fail since 20\S+: a defect of the dispatcher.*\n +what to do: a defect: run the version before[\s\S]*nothing is lost: a poller starts it again/;
        const task = await cli('status', '99');
        assert.equal(task.code, 3);
        assert.match(task.stderr, said);
        const queue = await cli('queue');
        assert.equal(queue.code, 1);
        assert.match(queue.stderr, said);
        await client.workflow.getHandle(BUILD_DISPATCHER_ID).terminate();
        await until('it is forgotten when it is over', async () => (await failing('buildDispatcher')) === 0);
      });
    });

    it('of a build stand in its own status', async () => {
      await withWorker(another, async () => {
        const workflowId = buildWorkflowId('7');
        // A type that this version does not know, as a newer one's would be.
        await client.workflow.start('build', { workflowId, taskQueue: WORKFLOW_QUEUE });
        await until('it failed often', async () => {
          const { raw } = await client.workflow.getHandle(workflowId).describe();
          return (raw.pendingWorkflowTask?.attempt ?? 0) >= 3;
        });
        const { stdout } = await cli('status', '7');
        assert.match(
          stdout,
          /^7 {2}running, started .* ago\n {2}its workflow tasks fail\n {2}workflow tasks of build\/7 fail since/,
        );
        assert.match(stdout, /close its ticket at Resalloc/);
        const json = JSON.parse((await cli('status', '7', '--json')).stdout) as { failing: { cause: string } };
        assert.equal(json.failing.cause, 'error');
        await client.workflow.getHandle(workflowId).terminate();
      });
    });

    async function failing(type: string): Promise<number> {
      const text = await observing.metricsText();
      return Number(new RegExp(`^copr_workflows_failing_tasks\\{type="${type}"\\} (\\d+)$`, 'm').exec(text)?.[1]);
    }

    async function ask(
      request: Parameters<ReturnType<typeof createWorkflowMessages>['requestChange']>[1],
    ): Promise<void> {
      const messages = createWorkflowMessages({ client, storage: 'main', durations: DEFAULT_DURATIONS });
      await messages.requestChange(REPOSITORY, request);
      messages.close();
    }

    async function pendingActivities(): Promise<readonly string[]> {
      const { raw } = await client.workflow.getHandle(REPOSITORY_ID).describe();
      return (raw.pendingActivities ?? []).map(({ activityType }) => activityType?.name ?? '');
    }

    async function withWorker(bundle: string, test: () => Promise<void>): Promise<void> {
      const worker = spawn(
        process.execPath,
        [...fixture('workflow-worker.ts'), address, bundle, WORKFLOW_QUEUE, '10000'],
        {
          cwd: ROOT,
          stdio: ['ignore', 'pipe', 'ignore'],
        },
      );
      const ended = once(worker, 'exit');
      try {
        await Promise.race([once(worker.stdout, 'data'), ended.then(() => assert.fail('the worker did not start'))]);
        await test();
      } finally {
        worker.kill('SIGTERM');
        await ended;
      }
    }

    function cli(...args: readonly string[]): Promise<CommandResult> {
      return runCommand(process.execPath, [BIN, ...args, '--config', config], { timeoutMs: 120_000 });
    }
  });
}
