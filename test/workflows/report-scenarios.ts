import assert from 'node:assert/strict';
import { Context } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import type { BeginBuildResult, RepeatedReport } from '../../src/contracts/activities.js';
import type { BuildStatus } from '../../src/contracts/build/build.js';
import { buildStatusQuery } from '../../src/contracts/messages.js';
import { givenFacts } from '../support/fake-activities.js';
import type { BuildScenario } from './build-scenarios.js';

const TASK = '7';
const facts = givenFacts({
  ...{ taskId: TASK, kind: 'source', chroot: 'srpm-builds', targetDir: '00000007', packageName: null, sign: false },
});
const AGAIN: BeginBuildResult = { start: 'report again', facts };
const BUILD: BeginBuildResult = {
  ...{ start: true, facts, missing: { repository: false, key: false }, startedOn: 1_700_000_000 },
};

/** A frontend that has swallowed the report; what sending it again comes to, time by time. */
function swallowing(...comes: readonly RepeatedReport[]): ReturnType<BuildScenario['world']> {
  let repeats = 0;
  return {
    beginBuild: ({ isReported }) => Promise.resolve(isReported === true ? AGAIN : BUILD),
    repeatReport: () => Promise.resolve(comes[(repeats += 1) - 1] ?? 'complete'),
  };
}

const SOON = { on: 1_700_000_500, pauses: [0.02, 0.03, 0.04] };

async function ownStatus(client: Client): Promise<BuildStatus> {
  const { workflowExecution: run } = Context.current().info;
  assert.ok(run);
  return client.workflow.getHandle(run.workflowId, run.runId).query(buildStatusQuery);
}

/** A source build whose acknowledged report the frontend has not applied. */
export const REPORT_SCENARIOS: readonly BuildScenario[] = [
  {
    name: 'source-reported-again',
    taskId: TASK,
    reported: SOON,
    world: (client) => ({
      ...swallowing(),
      repeatReport: async () => {
        const { stage, waitingFor } = await ownStatus(client);
        assert.deepEqual([stage, waitingFor?.reason], ['reporting', 'frontend']);
        return /after 0.02 s/.test(waitingFor?.detail ?? '') ? 'not applied' : 'complete';
      },
    }),
    expect({ outcome, fakes }) {
      assert.deepEqual(outcome, { result: 'succeeded', packages: 1 });
      assert.deepEqual(fakes.inputs('repeatReport'), [
        { facts, reportedOn: SOON.on },
        { facts, reportedOn: SOON.on },
      ]);
      assert.equal(fakes.inputs('acquireBuilder').length, 0, 'nothing is built');
      assert.equal(fakes.inputs('finishBuild')[0]?.isReported, true);
    },
  },
  {
    name: 'source-built-anew-when-no-report-is-applied',
    taskId: TASK,
    reported: SOON,
    world: () => swallowing('not applied', 'not applied', 'not applied'),
    expect({ outcome, fakes }) {
      assert.deepEqual(outcome, { result: 'succeeded', packages: 2 });
      assert.equal(fakes.inputs('repeatReport').length, 3);
      assert.deepEqual(
        fakes.inputs('beginBuild').map(({ isReported }) => isReported),
        [true, undefined],
      );
      assert.equal(fakes.inputs('acquireBuilder').length, 1);
      assert.equal(fakes.inputs('finishBuild')[0]?.isReported, undefined, 'what was built anew is reported');
    },
  },
  {
    name: 'source-rescheduled-while-its-report-is-sent-again',
    taskId: TASK,
    reported: SOON,
    world: () => swallowing('to be built'),
    expect({ outcome, fakes }) {
      assert.deepEqual(outcome, { result: 'succeeded', packages: 2 });
      assert.equal(fakes.inputs('repeatReport').length, 1);
      assert.equal(fakes.inputs('acquireBuilder').length, 1);
    },
  },
  {
    name: 'source-rescheduled-is-built-at-once',
    taskId: TASK,
    reported: { on: SOON.on, pauses: [3600] },
    world: () => ({ beginBuild: () => Promise.resolve(BUILD) }),
    expect({ outcome, fakes }) {
      assert.deepEqual(outcome, { result: 'succeeded', packages: 2 });
      assert.equal(fakes.inputs('repeatReport').length, 0);
    },
  },
  {
    name: 'canceled-before-its-report-is-sent-again',
    taskId: TASK,
    reported: { on: SOON.on, pauses: [3600] },
    world: () => swallowing(),
    async meanwhile(build, _fakes, rig) {
      await rig.until('it waits', async () => (await build.query(buildStatusQuery)).waitingFor?.reason === 'frontend');
      await build.cancel();
    },
    expect({ outcome, fakes }) {
      assert.equal(outcome, 'canceled');
      assert.equal(fakes.inputs('repeatReport').length, 0);
      const [end] = fakes.inputs('finishBuild');
      assert.deepEqual([end?.outcome.result, end?.isReported, end?.facts], ['canceled', undefined, facts]);
    },
  },
];
