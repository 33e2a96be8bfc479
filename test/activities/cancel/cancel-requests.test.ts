import assert from 'node:assert/strict';
import { createCancelRequestActivities } from '../../../src/activities/cancel/cancel-requests.js';
import { activityContext } from '../../support/activity.js';
import { fakePorts, type FakePorts } from '../../support/fake-ports.js';
import { inFastTime } from '../../support/fast-time.js';

function watch(
  ports: FakePorts,
  inWork: readonly string[] = [],
  rest: { readonly once?: true } = {},
): Promise<{ readonly taskIds: readonly string[] }> {
  const { awaitCancelRequests } = createCancelRequestActivities(ports.deps);
  return inFastTime(() => activityContext().run(awaitCancelRequests, { inWork, ...rest }));
}

/** A frontend that lists these, look by look, and the last of them for ever. */
function listing(...lists: readonly (readonly string[])[]): FakePorts {
  const left = [...lists];
  return fakePorts({
    frontend: { cancelRequests: () => Promise.resolve((left.length > 1 ? left.shift() : left[0]) ?? []) },
  });
}

describe('awaitCancelRequests', () => {
  it('waits for the first requests and hands over a batch', async () => {
    const many = Array.from({ length: 250 }, (_, index) => String(index));
    assert.deepEqual((await watch(listing([], [], many))).taskIds, many.slice(0, 200));
  });

  it('does not return for a request that is in work, or the dispatcher would ask in a loop without a pause', async () => {
    const ports = listing(['7'], ['7'], ['7', '8']);
    assert.deepEqual((await watch(ports, ['7'])).taskIds, ['8']);
    assert.equal(ports.calls('frontend', 'cancelRequests').length, 3);
  });

  it('takes one that was gone meanwhile for another request', async () => {
    assert.deepEqual((await watch(listing(['7'], [], ['7']), ['7'])).taskIds, ['7']);
  });

  it('says after a while that it still watches', async () => {
    assert.deepEqual((await watch(listing([]))).taskIds, []);
  });

  it('says at once that the frontend answers, to a dispatcher that heard of a failure', async () => {
    const ports = listing([], ['7']);
    assert.deepEqual((await watch(ports, [], { once: true })).taskIds, []);
    assert.equal(ports.calls('frontend', 'cancelRequests').length, 1);
  });

  it('tells the dispatcher of a frontend that cannot be asked', async () => {
    const down = new Error('down');
    await assert.rejects(
      watch(fakePorts({ frontend: { cancelRequests: () => Promise.reject(down) } })),
      (error) => error === down,
    );
  });
});

describe('confirmCancelRequest', () => {
  async function confirm(listed: readonly string[]): Promise<FakePorts> {
    const ports = listing(listed);
    const { confirmCancelRequest } = createCancelRequestActivities(ports.deps);
    await activityContext().run(confirmCancelRequest, { taskId: '8-fedora-42-x86_64' });
    return ports;
  }

  it('confirms what the frontend lists', async () => {
    const ports = await confirm(['7', '8-fedora-42-x86_64']);
    assert.deepEqual(ports.calls('frontend', 'confirmCancel'), [['8-fedora-42-x86_64', false]]);
  });

  it('does nothing about one that the build has confirmed itself', async () => {
    assert.deepEqual((await confirm(['7'])).calls('frontend', 'confirmCancel'), []);
  });
});
