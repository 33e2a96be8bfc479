import assert from 'node:assert/strict';
import { createPruneActivities } from '../../../src/activities/prune/prune.js';
import type { PruneStep, PruneStepInput } from '../../../src/contracts/prune/prune.js';
import type { RepositoryChange } from '../../../src/contracts/repository/repository.js';
import type { PrunableContent, PrunablePackage } from '../../../src/domain/prune/prune-selection.js';
import { PortFailure } from '../../../src/ports/port-failure.js';
import type { PruneSurvey } from '../../../src/ports/prune/prunable-tree.js';
import type { PlanPart } from '../../../src/ports/prune/prune-plans.js';
import { activityContext } from '../../support/activity.js';
import { fakePorts, givenProject, type FakePorts, type World } from '../../support/fake-ports.js';

const DAY = 86_400_000;
const REPOSITORY = { owner: 'jdoe', dirname: 'hello:pr:1', chroot: 'fedora-42-x86_64' };
const PLAN = { file: 'x.plan', count: 3, sha256: 'x' };

function given(build: number, version: string): PrunablePackage {
  const href = `0000000${build}-a/a-${version}-1.noarch.rpm`;
  return { href, name: 'a', epoch: 0, version, release: '1', arch: 'noarch', buildTime: 1_000_000_000, bytes: 1 };
}

const PACKAGES = [given(1, '1'), given(2, '2'), given(3, '3')];
const CONTENT: PrunableContent = {
  packages: PACKAGES,
  directories: [
    { name: '00000001-a', isBuild: true, changedAt: Date.now(), rpms: ['a-1-1.noarch.rpm', 'a-1-1.src.rpm'] },
    { name: '00000009-a', isBuild: true, changedAt: Date.now() - 30 * DAY, rpms: [] },
  ],
  pinned: new Map(),
  departed: new Set(),
  hasModules: false,
};
const part = (changed: Partial<PlanPart> = {}): PlanPart => ({
  chroot: { repository: REPOSITORY, days: 14, packages: 3 },
  removals: [
    { kind: 'rpm', path: '00000001-a/a-1-1.noarch.rpm', bytes: 1, reason: '' },
    { kind: 'srpm', path: '00000001-a/a-1-1.src.rpm', bytes: 1, reason: '' },
    { kind: 'build', path: '00000009-a', bytes: 0, reason: '' },
  ],
  next: { section: 0, line: 99 },
  ...changed,
});

async function prune(
  survey: PruneSurvey,
  world: World = {},
  planned: PlanPart = part(),
): Promise<{ readonly step: PruneStep; readonly ports: FakePorts; readonly change: unknown }> {
  const ports = fakePorts({
    ...world,
    prunable: { survey: () => Promise.resolve(survey), surveyLogs: () => Promise.resolve(CONTENT), ...world.prunable },
    prunePlans: { part: () => Promise.resolve(planned) },
  });
  const { requestPruning } = createPruneActivities(ports.deps);
  const input: PruneStepInput = { plan: PLAN, at: { section: null, line: 0 }, lines: 10, requestId: 'r/0' };
  const step: PruneStep = await activityContext().run(requestPruning, input);
  return { step, ports, change: ports.calls('messages', 'requestChange')[0]?.[1].change };
}

describe('requestPruning', () => {
  it('asks the repository for what still holds', async () => {
    const { step, ports, change } = await prune({ state: 'whole', ...CONTENT });
    assert.deepEqual(step, {
      ...{ repository: REPOSITORY, asked: 3, gone: 0, kept: 0, unfinished: null, next: { section: 0, line: 99 } },
    });
    assert.deepEqual(
      { removeRpms: (change as { removeRpms: unknown }).removeRpms, delete: (change as { delete: unknown }).delete },
      { removeRpms: ['00000001-a/a-1-1.noarch.rpm', '00000001-a/a-1-1.src.rpm'], delete: ['00000009-a'] },
    );
    assert.deepEqual(ports.calls('frontend', 'project'), [['jdoe', 'hello']]);
    assert.equal(ports.calls('prunePlans', 'verify').length, 1);
  });

  it('keeps what became the newest, or was pinned, since the plan was made', async () => {
    const alone = { ...CONTENT, packages: PACKAGES.slice(0, 1) };
    assert.deepEqual((await prune({ state: 'whole', ...alone })).step.kept, 2, 'the package and its source');
    const pinned = { ...CONTENT, pinned: new Map([['00000001-a/a-1-1.noarch.rpm', '1']]) };
    const { step, change } = await prune({ state: 'whole', ...pinned });
    assert.deepEqual([step.asked, step.kept], [1, 2]);
    assert.deepEqual((change as { removeRpms: unknown }).removeRpms, []);
  });

  it('keeps the source package of a build whose binary was taken out of the plan', async () => {
    const { removals } = part();
    const { step } = await prune({ state: 'whole', ...CONTENT }, {}, part({ removals: removals.slice(1) }));
    assert.deepEqual([step.asked, step.kept], [1, 1]);
  });

  it('counts what is gone, and asks for nothing then', async () => {
    const { step, ports } = await prune({ state: 'whole', ...CONTENT, packages: PACKAGES.slice(1), directories: [] });
    assert.deepEqual([step.asked, step.gone, step.kept], [0, 3, 0]);
    assert.equal(ports.calls('messages', 'requestChange').length, 0);
  });

  for (const facts of [{ persistent: true }, { autoPrune: false }, { develMode: true }])
    it(`keeps everything of a project that says ${JSON.stringify(facts)} now`, async () => {
      const project = (): Promise<ReturnType<typeof givenProject>> => Promise.resolve(givenProject(facts));
      const { step, ports } = await prune({ state: 'whole', ...CONTENT }, { frontend: { project } });
      assert.deepEqual([step.asked, step.kept, step.unfinished], [0, 3, null]);
      assert.equal(ports.calls('messages', 'requestChange').length, 0);
    });

  it('leaves a held repository alone and says so', async () => {
    const { step } = await prune({ state: 'held', why: 'held at generation 7' });
    assert.deepEqual([step.asked, step.kept, step.unfinished], [0, 3, 'held at generation 7']);
  });

  it('makes missing metadata first, which does not end the prune', async () => {
    const removals = [{ kind: 'repodata', path: '', bytes: 0, reason: '' }] as const;
    const { step, change } = await prune({ state: 'noMetadata', why: 'it is missing' }, {}, part({ removals }));
    assert.equal((change as { kind: string }).kind, 'full');
    assert.match(step.unfinished ?? '', /made first: it is missing/);
  });

  for (const code of ['StorageFailed', 'PulpUnavailable', 'PulpUnconfigured', 'PulpRefused', 'PulpTaskFailed'] as const)
    it(`says what cannot be read (${code}), and goes on`, async () => {
      const survey = (): Promise<never> => Promise.reject(new PortFailure(code, 'why'));
      const { step } = await prune({ state: 'held', why: '' }, { prunable: { survey } });
      assert.deepEqual([step.kept, step.unfinished], [3, 'why']);
    });

  it('asks Pulp about a project there, and its repository there', async () => {
    const project = (): Promise<ReturnType<typeof givenProject>> => Promise.resolve(givenProject({ store: 'pulp' }));
    const { step, change } = await prune({ state: 'whole', ...CONTENT }, { frontend: { project } });
    assert.equal(step.asked, 3);
    assert.equal((change as RepositoryChange).store, 'pulp');
  });
});

describe('reportFinalPrune', () => {
  it('reports once, and only what went well and is still inactive', async () => {
    const states = new Map([
      ['a-1-x86_64', { active: false, isFinal: false }],
      ['b-1-x86_64', { active: false, isFinal: true }],
      ['c-1-x86_64', { active: true, isFinal: false }],
      ['d-1-x86_64', { active: false, isFinal: false }],
    ]);
    const ports = fakePorts({
      frontend: { pruneStates: () => Promise.resolve(states) },
      prunePlans: { finals: () => Promise.resolve([...states.keys(), 'e-1-x86_64']) },
    });
    const { reportFinalPrune } = createPruneActivities(ports.deps);
    await activityContext().run(reportFinalPrune, { plan: PLAN, unwell: ['d-1-x86_64'] });
    assert.deepEqual(ports.calls('frontend', 'reportFinalPrune'), [[['a-1-x86_64']]]);
    await activityContext().run(reportFinalPrune, { plan: PLAN, unwell: [...states.keys(), 'e-1-x86_64'] });
    assert.equal(ports.calls('frontend', 'reportFinalPrune').length, 1, 'nothing to report is not reported');
  });
});
