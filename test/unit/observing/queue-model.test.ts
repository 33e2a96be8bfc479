import assert from 'node:assert/strict';
import { FrontendHealth } from '../../../src/observing/frontend-health.js';
import { QueueModel } from '../../../src/observing/queue-model.js';
import { givenView } from '../../support/fake-ports.js';
import { givenLimits, givenTask } from '../../support/given-tasks.js';

const START = Date.parse('2026-01-01T00:00:00.000Z');
const EVERYTHING = { owner: null, arch: null, offset: 0, limit: 10 };
const down = { code: 'FrontendUnavailable', message: 'connect ECONNREFUSED' } as const;
const counts = { poller: 'poller@a/1/7.1', digest: '1a2b', at: '2026-01-01T00:00:00.000Z' };

describe('QueueModel', () => {
  let now: number;
  let frontend: FrontendHealth;
  let queue: QueueModel;

  beforeEach(() => {
    now = START;
    frontend = new FrontendHealth(() => now);
    queue = new QueueModel(frontend, () => now);
  });

  function look(digest?: string): void {
    frontend.looking('builds', 5);
    queue.looked('builds', {
      ...{ ordered: [givenTask({ taskId: '1' })], view: givenView(), limits: givenLimits(2), began: now },
      ...(digest === undefined ? {} : { limitsSnapshot: { digest, countsFrom: counts } }),
    });
  }

  function fail(): void {
    frontend.looking('builds', 5);
    frontend.lookFailed('builds', { ...down, began: now });
  }

  it('goes on answering from the last list while the frontend is down, and says so in each answer', () => {
    look();
    now += 5000;
    fail();
    const page = queue.page('builds', EVERYTHING);
    assert.deepEqual([page?.polledAt, page?.waiting], ['2026-01-01T00:00:00.000Z', 1]);
    assert.deepEqual(page?.trouble, frontend.trouble());
    assert.equal(page.trouble[0]?.since, '2026-01-01T00:00:05.000Z');
    assert.deepEqual(queue.task('builds', '1')?.trouble, page.trouble);
    now += 5000;
    look();
    assert.deepEqual(queue.page('builds', EVERYTHING)?.trouble, []);
  });

  it('shows what waits for its chroot to become active, behind those that can start', () => {
    frontend.looking('builds', 5);
    const ordered = [givenTask({ taskId: '1' }), givenTask({ taskId: '2', owner: 'ann' })];
    const inactive = new Set(['1']);
    queue.looked('builds', { ordered, view: givenView(), limits: givenLimits(2), inactive, began: now });
    const shown = queue.page('builds', EVERYTHING)?.tasks;
    assert.deepEqual(
      shown?.map(({ task, position, chrootInactive }) => [task, position, chrootInactive]),
      [
        ['2', 1, false],
        ['1', null, true],
      ],
    );
    assert.deepEqual([shown[1]?.heldBy, shown[1]?.estimate], [[], null]);
    assert.deepEqual(queue.index('builds')?.index.held(), [{ by: { kind: 'inactiveChroot' }, count: 1 }]);
  });

  it('says why it never had a list', () => {
    fail();
    assert.equal(queue.page('builds', EVERYTHING), null);
    assert.match(queue.silence('builds') ?? '', /not answered with a whole list of builds yet: FrontendUnavailable: /);
  });

  it('warns where the limits that count are not its own', () => {
    look('1a2b');
    assert.deepEqual(queue.foreignLimits(), []);
    look('3c4d');
    assert.match(queue.foreignLimits().join(), /limits of builds are those of poller poller@a\/1\/7\.1/);
    assert.deepEqual(queue.page('builds', EVERYTHING)?.limits, { digest: '3c4d', countsFrom: counts });
    now += 200_000;
    assert.deepEqual(queue.foreignLimits(), [], 'by now another process polls');
  });
});
