import assert from 'node:assert/strict';
import { createPlanPruneActivity } from '../../../src/activities/prune/plan-prune.js';
import { PortFailure } from '../../../src/ports/port-failure.js';
import type { PruneState } from '../../../src/ports/frontend.js';
import type { PruneSurvey } from '../../../src/ports/prune/prunable-tree.js';
import { activityContext } from '../../support/activity.js';
import { fakePorts, givenProject, type FakePorts, type World } from '../../support/fake-ports.js';

const DAY = 86_400_000;
const CHROOT = 'fedora-42-x86_64';
const INPUT = { days: 14, caps: { share: 75, total: 1000 }, parallel: 2 };
const KEPT = { file: 'x.plan', count: 1, sha256: 'x' };

/** A directory of a build that left nothing, a month ago. */
const empty = (name: string): PruneSurvey => ({
  ...{ state: 'whole', packages: [], pinned: new Map(), departed: new Set(), hasModules: false },
  directories: [{ name, isBuild: true, changedAt: Date.now() - 30 * DAY, rpms: [] }],
});

function given(world: World = {}, survey: PruneSurvey = empty('00000001-a')): FakePorts {
  const states = new Map<string, PruneState>([[CHROOT, { active: true, isFinal: false }]]);
  return fakePorts({
    ...world,
    frontend: {
      pruneStates: () => Promise.resolve(states),
      project: () => Promise.resolve(givenProject()),
      ...world.frontend,
    },
    prunable: {
      projects: () => Promise.resolve(['one', 'two', 'three'].map((dirname) => ({ owner: 'jdoe', dirname }))),
      chroots: () => Promise.resolve([{ name: CHROOT, changedAt: Date.now() }]),
      survey: () => Promise.resolve(survey),
      ...world.prunable,
    },
    prunePlans: { keep: () => Promise.resolve(KEPT), ...world.prunePlans },
    messages: { isOpen: () => Promise.resolve(false), ...world.messages },
  });
}

describe('planPrune', () => {
  it('keeps a plan of the whole tree beside the results, and says how far it is', async () => {
    const ports = given();
    const environment = activityContext();
    const beats: unknown[] = [];
    environment.on('heartbeat', (details) => beats.push(details));
    const { planPrune } = createPlanPruneActivity(ports.deps);
    assert.deepEqual(await environment.run(planPrune, INPUT), { result: 'planned', plan: KEPT, leftOut: 0 });
    const [[text] = ['']] = ports.calls('prunePlans', 'keep') as readonly (readonly [string])[];
    const lines = text.split('\n').filter((line) => line.startsWith('build\t'));
    assert.deepEqual(
      lines.map((line) => line.split('\t')[1]),
      ['one', 'three', 'two'].map((dirname) => `jdoe/${dirname}/${CHROOT}/00000001-a`),
    );
    assert.deepEqual(
      beats,
      [1, 2, 3].map((looked) => ({ looked, of: 3 })),
    );
  });

  it('keeps nothing where nothing goes, and counts what was left out', async () => {
    const ports = given({}, { state: 'held', why: 'held at generation 7' });
    const { planPrune } = createPlanPruneActivity(ports.deps);
    assert.deepEqual(await activityContext().run(planPrune, INPUT), { result: 'nothing', leftOut: 3 });
    assert.equal(ports.calls('prunePlans', 'keep').length, 0);
  });

  it('refuses a plan that takes more than is allowed', async () => {
    const ports = given();
    const { planPrune } = createPlanPruneActivity(ports.deps);
    await assert.rejects(
      activityContext().run(planPrune, { ...INPUT, caps: { share: 75, total: 2 } }),
      (error: PortFailure) =>
        error.code === 'PlanTooLarge' && !error.retryable && error.message.includes('prune_max_total'),
    );
    assert.equal(ports.calls('prunePlans', 'keep').length, 0);
  });

  it('surveys nothing while a plan is carried out', async () => {
    const ports = given({ messages: { isOpen: (id) => Promise.resolve(id === 'prune/main') } });
    const { planPrune } = createPlanPruneActivity(ports.deps);
    assert.deepEqual(await activityContext().run(planPrune, INPUT), { result: 'underWay' });
    assert.deepEqual(
      ports.names().filter((name) => name !== 'messages.isOpen'),
      [],
    );
  });

  it('waits for a frontend that does not answer', async () => {
    let calls = 0;
    const ports = given({
      frontend: {
        pruneStates: () => {
          calls += 1;
          if (calls < 3) return Promise.reject(new PortFailure('FrontendUnavailable', 'HTTP 503'));
          return Promise.resolve(new Map([[CHROOT, { active: true, isFinal: false }]]));
        },
      },
    });
    const { planPrune } = createPlanPruneActivity({ ...ports.deps, retryMs: 1 });
    assert.deepEqual(await activityContext().run(planPrune, INPUT), { result: 'planned', plan: KEPT, leftOut: 0 });
    assert.equal(calls, 3);
  });

  it('ends at once when it is canceled while it waits for the frontend', async () => {
    const environment = activityContext();
    const pruneStates = (): Promise<never> => {
      setImmediate(() => environment.cancel());
      return Promise.reject(new PortFailure('FrontendUnavailable', 'HTTP 503'));
    };
    const ports = given({ frontend: { pruneStates } });
    const { planPrune } = createPlanPruneActivity(ports.deps);
    await assert.rejects(environment.run(planPrune, INPUT));
    assert.equal(ports.calls('prunePlans', 'keep').length, 0);
  });

  it('looks at no further project once it is canceled', async () => {
    const environment = activityContext();
    const project = (): Promise<ReturnType<typeof givenProject>> => {
      environment.cancel();
      return Promise.resolve(givenProject());
    };
    const ports = given({ frontend: { project } });
    const { planPrune } = createPlanPruneActivity(ports.deps);
    await assert.rejects(environment.run(planPrune, { ...INPUT, parallel: 1 }));
    assert.equal(ports.calls('frontend', 'project').length, 1);
  });
});
