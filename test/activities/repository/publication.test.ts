import assert from 'node:assert/strict';
import { createPublishActivities } from '../../../src/activities/repository/publication.js';
import { PortFailure } from '../../../src/ports/port-failure.js';
import { activityContext } from '../../support/activity.js';
import { givenPublished } from '../../support/fake-activities.js';
import { fakePorts } from '../../support/fake-ports.js';
import { refusalOf } from '../../support/rejection.js';

const repository = { owner: 'jdoe', dirname: 'hello', chroot: 'custom-1-x86_64' };
const lists = { add: ['00000007-hello'], delete: [], removeRpms: [] };
const flags = { full: false, reread: false, devel: false, appstream: false, doStat: false };
const run = { ...lists, ...flags, plan: null };

describe('publishRepository', () => {
  it('runs what the repository decided and says what is public now', async () => {
    const published = givenPublished({ packages: 12 });
    const ports = fakePorts({ indexer: { publish: () => Promise.resolve(published) } });
    const { publishRepository } = createPublishActivities(ports.deps);
    assert.deepEqual(await activityContext().run(publishRepository, { repository, run }), published);
    const [call] = ports.calls('indexer', 'publish');
    assert.deepEqual(call?.slice(0, 2), [repository, { ...lists, ...flags }]);
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

  it('does not wait for ever for a package that cannot be read', async () => {
    const unreadable = new PortFailure('PackageUnreadable', 'createrepo_c cannot read x.rpm', { retryable: true });
    const ports = fakePorts({ indexer: { publish: () => Promise.reject(unreadable) } });
    const { publishRepository } = createPublishActivities(ports.deps);
    const retried = async (attempt: number): Promise<boolean> => {
      const env = activityContext({ attempt });
      return (await refusalOf(env.run(publishRepository, { repository, run }))).retryable;
    };
    assert.deepEqual([await retried(1), await retried(2), await retried(3)], [true, true, false]);
  });
});
