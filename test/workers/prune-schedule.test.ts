import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { ScheduleNotFoundError, ScheduleOverlapPolicy, type ScheduleHandle } from '@temporalio/client';
import { runCommand } from '../../src/adapters/process/run-command.js';
import { DEFAULT_DURATIONS } from '../../src/contracts/durations.js';
import { pruneScheduleId, pruneWorkflowId } from '../../src/contracts/names/ids.js';
import { answerJson, startFrontendServer, type FrontendServer } from '../adapters/frontend-http/frontend-server.js';
import { gate } from '../support/gate.js';
import { type GivenNamespace, givenNamespace, type NamespaceWorker } from '../support/given-namespace.js';
import { until } from '../support/until.js';
import { fixture } from '../support/worker-process.js';

const DAY_S = 86_400;

describe('the Schedule of pruning', function () {
  this.timeout(180_000);
  let given: GivenNamespace;
  let frontend: FrontendServer;
  let schedule: ScheduleHandle;
  const workers: NamespaceWorker[] = [];

  beforeEach(async () => {
    frontend = await startFrontendServer();
    given = await givenNamespace([`frontend_base_url=${frontend.url}`, 'prune_at=03:30', 'generation_grace_hours=0']);
    schedule = given.client.schedule.getHandle(pruneScheduleId('main'));
  });

  afterEach(async () => {
    for (const worker of workers.splice(0)) await worker.stop();
    await given.remove();
    await frontend.stop();
  });

  async function startWorker(role: 'poller' | 'action' | 'storage'): Promise<NamespaceWorker> {
    const worker = await given.startWorker(role);
    workers.push(worker);
    return worker;
  }

  it('is there once at the configured time, and its round prunes; one that would overlap is left out', async () => {
    // A build of last month, which left nothing.
    const build = path.join(given.destdir, 'jdoe/hello/fedora-42-x86_64/00000001-a');
    await mkdir(build, { recursive: true });
    await writeFile(path.join(build, 'build.info'), 'build_id=1\n');
    await runCommand('createrepo_c', ['--quiet', path.dirname(build)], { timeoutMs: 60_000 });
    await utimes(build, Date.now() / 1000 - 30 * DAY_S, Date.now() / 1000 - 30 * DAY_S);
    const asked = gate();
    const mayAnswer = gate();
    const finished: unknown[] = [];
    frontend.answer = (request, response) => {
      const url = request.url ?? '';
      if (url.includes('/chroots-prunerepo-status')) {
        asked.open();
        const states = {
          'fedora-42-x86_64': { active: true, final_prunerepo_done: false },
          'fedora-30-x86_64': { active: false, final_prunerepo_done: false },
        };
        void mayAnswer.passed.then(() => answerJson(states)(request, response));
      } else if (url.startsWith('/api_3/project?')) {
        const flags = { devel_mode: false, persistent: false, auto_prune: true, appstream: false };
        answerJson(flags)(request, response);
      } else if (url.endsWith('/final-prunerepo-done/')) {
        finished.push(frontend.seen.at(-1)?.body);
        answerJson(true)(request, response);
      } else answerJson([])(request, response);
    };
    await startWorker('poller');
    await startWorker('poller');
    await startWorker('action');
    await startWorker('storage');
    const { spec, policies, state, info, action } = await schedule.describe();
    assert.deepEqual(spec.intervals, [{ every: DAY_S * 1000, offset: 3.5 * 3_600_000 }]);
    assert.deepEqual(policies, { overlap: 'SKIP', catchupWindow: 60_000, pauseOnFailure: false });
    assert.deepEqual([state.paused, info.lastUpdatedAt], [false, undefined], 'the second poller has left it as it was');
    assert.equal(info.nextActionTimes[0]?.toISOString().slice(11), '03:30:00.000Z');
    assert.deepEqual(action.args, [
      {
        ...{ storage: 'main', durations: DEFAULT_DURATIONS, days: 14, caps: { share: 75, total: 200_000 } },
        ...{ parallel: availableParallelism(), stepLines: 1000 },
      },
    ]);

    await schedule.trigger(ScheduleOverlapPolicy.SKIP);
    await asked.passed;
    await schedule.trigger(ScheduleOverlapPolicy.SKIP);
    await until('a round is left out', async () => (await schedule.describe()).info.numActionsSkippedOverlap === 1);
    const [round] = (await schedule.describe()).info.recentActions;
    const workflowId = round?.action.workflow.workflowId ?? '';
    assert.match(workflowId, /^prune-all\/main-\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    mayAnswer.open();
    const outcome = { result: 'succeeded', gone: 1, kept: 0, failed: 0, finished: 1 };
    assert.deepEqual(await given.client.workflow.getHandle(workflowId).result(), {
      ...{ result: 'succeeded', leftOut: 0, outcome },
    });
    await until('what the build left is gone', () => !existsSync(build));
    assert.deepEqual(finished, [['fedora-30-x86_64']]);
    assert.deepEqual(await given.client.workflow.getHandle(pruneWorkflowId('main')).result(), outcome);
  });

  it('has a round whose planning is shown by the command, and ended by its cancel', async () => {
    const chroot = 'fedora-42-x86_64';
    for (const dirname of ['hello', 'world'])
      await mkdir(path.join(given.destdir, 'jdoe', dirname, chroot, '00000001-a'), { recursive: true });
    const isSurveyed = gate();
    const flags = { devel_mode: true, persistent: false, auto_prune: true, appstream: false };
    frontend.answer = (request, response) => {
      const url = request.url ?? '';
      if (url.includes('/chroots-prunerepo-status'))
        answerJson({ [chroot]: { active: true, final_prunerepo_done: false } })(request, response);
      else if (!url.startsWith('/api_3/project?')) answerJson([])(request, response);
      else if (url.includes('hello')) answerJson(flags)(request, response);
      else void isSurveyed.passed.then(() => answerJson(flags)(request, response));
    };
    await startWorker('poller');
    await startWorker('action');
    assert.match(await command('--status'), /nothing is being pruned/);
    await schedule.trigger(ScheduleOverlapPolicy.SKIP);
    await until('one of two projects is surveyed', async () =>
      (await command('--status')).includes(' 1 of 2 projects surveyed'),
    );
    const status = JSON.parse(await command('--status', '--json')) as { stage: string; workflowId: string };
    assert.equal(status.stage, 'planning');
    assert.match(await command('--pause'), /prune-all\/main-.* is planning, and can only be canceled/);

    assert.match(await command('--cancel'), /cancel requested/);
    const round = given.client.workflow.getHandle(status.workflowId);
    await assert.rejects(round.result());
    assert.equal((await round.describe()).status.name, 'CANCELLED');
    assert.match(await command('--status'), /nothing is being pruned/);
    assert.match(await command('--cancel'), /nothing is being pruned/);
    isSurveyed.open();
  });

  /** The output of `copr-prune-results`, whatever its end. */
  async function command(...args: readonly string[]): Promise<string> {
    const asked = [...fixture('prune-command.ts'), '--allow-root', '--config', given.configFile, ...args];
    const { stdout, stderr } = await runCommand(process.execPath, asked, { timeoutMs: 60_000 });
    return stdout + stderr;
  }

  it('stays paused when a poller starts, with another time, too, and is gone where it is off', async () => {
    const first = await startWorker('poller');
    await schedule.pause('a copy of the disk is being made');
    await first.stop();
    await changeTime('03:45');
    const second = await startWorker('poller');
    const { spec, state, info } = await schedule.describe();
    assert.deepEqual([state.paused, state.note], [true, 'a copy of the disk is being made']);
    assert.deepEqual(spec.intervals, [{ every: DAY_S * 1000, offset: 3.75 * 3_600_000 }]);
    assert.deepEqual(info.recentActions, []);
    await second.stop();
    await changeTime('off');
    const third = await startWorker('poller');
    await assert.rejects(schedule.describe(), ScheduleNotFoundError);
    await third.stop();
    await startWorker('poller');
    await assert.rejects(schedule.describe(), ScheduleNotFoundError, 'there is nothing to take away');
  });

  async function changeTime(time: string): Promise<void> {
    const text = await readFile(given.configFile, 'utf8');
    await writeFile(given.configFile, text.replace(/^prune_at=.*$/m, `prune_at=${time}`));
  }
});
