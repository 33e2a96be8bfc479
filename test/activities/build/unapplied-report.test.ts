import assert from 'node:assert/strict';
import { createBuildTaskActivities } from '../../../src/activities/build/build-tasks.js';
import { createRepeatActivities } from '../../../src/activities/build/unapplied-report.js';
import type { BeginBuildResult, RepeatedReport } from '../../../src/contracts/activities.js';
import type { BuildTask } from '../../../src/ports/frontend.js';
import { PortFailure } from '../../../src/ports/port-failure.js';
import type { BuildResults } from '../../../src/ports/build/build-results.js';
import { activityContext } from '../../support/activity.js';
import { givenFacts } from '../../support/fake-activities.js';
import { type FakePorts, fakePorts, givenBuildTask } from '../../support/fake-ports.js';
import { givenTask } from '../../support/given-tasks.js';

const facts = givenFacts({
  ...{ taskId: '7', kind: 'source', chroot: 'srpm-builds', targetDir: '00000007', packageName: null, sign: false },
});
const BUILT: Partial<BuildResults> = {
  readSourceResults: () =>
    Promise.resolve({ name: 'hello', epoch: null, version: '1.0', release: '1', architectureSpecificTags: {} }),
  rpms: () => Promise.resolve(['hello-1.0-1.src.rpm']),
};
const gone = new PortFailure('ResultsInvalid', 'results.json is missing', { retryable: false });
const LOST: Partial<BuildResults> = { ...BUILT, readSourceResults: () => Promise.reject(gone) };

/** The frontend's record of the source, which learns the package's name from the report, or does not. */
function givenFrontend(
  given: { readonly packageName?: string; readonly applies?: boolean; readonly isListed?: boolean },
  buildResults: Partial<BuildResults> = BUILT,
): FakePorts {
  let packageName = given.packageName ?? null;
  const record = (): BuildTask => givenBuildTask({ taskId: '7', chroot: null, packageName });
  return fakePorts({
    buildResults,
    frontend: {
      buildTask: () => Promise.resolve(record()),
      pendingBuilds: () => Promise.resolve(given.isListed === false ? [] : [givenTask({ taskId: '7', chroot: null })]),
      reportBuild: ({ built }) => {
        if (given.applies !== false) packageName = built?.kind === 'source' ? built.source.name : null;
        return Promise.resolve();
      },
    },
  });
}

describe('repeatReport', () => {
  const repeat = (ports: FakePorts): Promise<RepeatedReport> =>
    activityContext().run(createRepeatActivities(ports.deps).repeatReport, { facts, reportedOn: 1_700_000_500 });

  it('sends what was reported before, with the time of that', async () => {
    const ports = givenFrontend({});
    assert.equal(await repeat(ports), 'complete');
    assert.deepEqual(ports.calls('frontend', 'reportBuild'), [
      [
        {
          ...{
            id: 7,
            taskId: '7',
            chroot: 'srpm-builds',
            status: 'succeeded',
            resultDir: '00000007',
            endedOn: 1_700_000_500,
          },
          built: {
            kind: 'source',
            source: { name: 'hello', epoch: null, version: '1.0', release: '1', architectureSpecificTags: {} },
            srpmUrl: 'http://results.test/jdoe/hello/srpm-builds/00000007/hello-1.0-1.src.rpm',
          },
        },
      ],
    ]);
  });

  it('says when it was swallowed again', async () => {
    assert.equal(await repeat(givenFrontend({ applies: false })), 'not applied');
  });

  it('reports nothing that is not wanted any more: the last word would count', async () => {
    const ports = givenFrontend({ isListed: false });
    assert.equal(await repeat(ports), 'complete');
    assert.deepEqual(ports.calls('frontend', 'reportBuild'), []);
  });

  it('lets a source be built that was rescheduled meanwhile, and one whose results are gone', async () => {
    const applied = givenFrontend({ packageName: 'hello' });
    assert.equal(await repeat(applied), 'to be built');
    const lost = givenFrontend({}, LOST);
    assert.equal(await repeat(lost), 'to be built');
    for (const ports of [applied, lost]) assert.deepEqual(ports.calls('frontend', 'reportBuild'), []);
  });

  it('is tried again when the storage or the frontend cannot be asked', async () => {
    const down = new PortFailure('StorageFailed', 'EIO', { retryable: true });
    const ports = givenFrontend({}, { ...BUILT, rpms: () => Promise.reject(down) });
    await assert.rejects(repeat(ports), down);
  });
});

describe('beginBuild of a source that was reported', () => {
  function begin(ports: FakePorts): Promise<BeginBuildResult> {
    const { beginBuild } = createBuildTaskActivities(ports.deps);
    return activityContext().run(() => beginBuild({ taskId: '7', kind: 'source', isReported: true }));
  }

  it('touches nothing of what was built while the frontend lacks its package', async () => {
    const ports = givenFrontend({});
    const begun = await begin(ports);
    assert.equal(begun.start, 'report again');
    assert.equal(begun.facts.targetDir, '00000007');
    assert.deepEqual(ports.calls('buildDirectories', 'prepare'), []);
    assert.deepEqual(ports.calls('frontend', 'startingBuild'), []);
  });

  it('begins at once where it was rescheduled, or its results are gone', async () => {
    for (const ports of [givenFrontend({ packageName: 'hello' }), givenFrontend({}, LOST)]) {
      assert.equal((await begin(ports)).start, true);
    }
  });
});
