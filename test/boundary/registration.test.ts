import assert from 'node:assert/strict';
import { createActivities } from '../../src/activities/index.js';
import { POLL_QUEUE, storageQueues, WORKFLOW_QUEUE } from '../../src/contracts/names/task-queues.js';
import { type Role, ROLE_QUEUES, ROLES, runsWorkflows } from '../../src/domain/service/roles.js';
import { PLACEMENT } from '../../src/workflows/retry/proxies.js';
import { fakeActivities } from '../support/fake-activities.js';
import { fakePorts } from '../support/fake-ports.js';

const sets = createActivities(fakePorts().deps);
const placed = Object.entries(PLACEMENT).map(([name, [, queue]]) => ({ name, queue }));

describe('createActivities', () => {
  for (const [set, activities] of Object.entries(sets)) {
    it(`offers on ${set} exactly what the workflows look for there`, () => {
      const wanted = placed.filter(({ queue }) => queue === set).map(({ name }) => name);
      assert.deepEqual(Object.keys(activities).toSorted(), wanted.toSorted());
    });
  }

  it('carries every activity of the contract on exactly one queue', () => {
    const offered = Object.values(sets).flatMap((activities) => Object.keys(activities));
    assert.deepEqual(offered.toSorted(), Object.keys(fakeActivities().activities).toSorted());
    assert.equal(new Set(offered).size, offered.length);
  });
});

describe('ROLE_QUEUES', () => {
  const separate = ROLES.filter((role) => role !== 'all');

  it('has a role for every queue, and one that serves them all', () => {
    const everything = Object.keys(sets).toSorted();
    const served = (roles: readonly Role[]): string[] => [...new Set(roles.flatMap((role) => ROLE_QUEUES[role]))];
    assert.deepEqual(served(separate).toSorted(), everything);
    assert.deepEqual(served(['all']).toSorted(), everything);
  });

  it('lets workflows run in the roles that a separated installation cannot do without', () => {
    const running = ROLES.filter((role) => runsWorkflows(role));
    for (const role of ['all', 'poller', 'build'] as const) assert.ok(running.includes(role), role);
  });
});

describe('storageQueues', () => {
  it('keeps storages, kinds of work and workflows apart', () => {
    const names = [WORKFLOW_QUEUE, POLL_QUEUE, ...['main', 'other'].flatMap((s) => Object.values(storageQueues(s)))];
    assert.equal(new Set(names).size, names.length);
    assert.deepEqual(
      Object.keys({ poll: POLL_QUEUE, ...storageQueues('main') }).toSorted(),
      Object.keys(sets).toSorted(),
    );
  });
});
