import assert from 'node:assert/strict';
import { createPublishActivities } from '../../src/activities/publishing.js';
import { PortFailure } from '../../src/ports/port-failure.js';
import { activityContext } from '../support/activity.js';
import { fakePorts } from '../support/fake-ports.js';
import { refusalOf } from '../support/rejection.js';

const repository = { owner: 'jdoe', dirname: 'hello', chroot: 'custom-1-x86_64' };
const run = { devel: false, full: false, add: ['00000007-hello'] };

describe('publishRepository', () => {
  it('runs what the repository decided and says what is public now', async () => {
    const published = { packages: 12, revision: '1700000000', changed: true };
    const ports = fakePorts({ indexer: { publish: () => Promise.resolve(published) } });
    const { publishRepository } = createPublishActivities(ports.deps);
    assert.deepEqual(await activityContext().run(publishRepository, { repository, run }), published);
    const [call] = ports.calls('indexer', 'publish');
    assert.deepEqual(call?.slice(0, 2), [repository, run]);
  });

  it('stops createrepo_c when it is told to stop', async () => {
    const env = activityContext();
    const ports = fakePorts({
      indexer: {
        publish: (_, __, { signal }) => {
          env.cancel();
          return signal?.aborted === true ? Promise.reject(signal.reason as Error) : assert.fail('it goes on');
        },
      },
    });
    const { publishRepository } = createPublishActivities(ports.deps);
    await assert.rejects(env.run(publishRepository, { repository, run }), { name: 'CancelledFailure' });
  });

  it('hands on why it failed', async () => {
    const broken = new PortFailure('RepositoryFailed', 'createrepo_c exited with 1', { retryable: false });
    const ports = fakePorts({ indexer: { publish: () => Promise.reject(broken) } });
    const { publishRepository } = createPublishActivities(ports.deps);
    assert.equal(await refusalOf(activityContext().run(publishRepository, { repository, run })), broken);
  });
});
