import assert from 'node:assert/strict';
import { admissionQuery } from '../../src/contracts/messages.js';
import { givenLimits, givenTask } from '../support/given-tasks.js';
import { withPolledDispatcher } from '../support/polled-dispatcher.js';

const LISTED = 10_000;
const WORKERS = 5000;

describe('a cold start', function () {
  this.timeout(900_000);

  it(`admits ${WORKERS} of ${LISTED} builds slice by slice, and every workflow task of it ends well`, async () => {
    const base = (Date.now() % 100_000_000) * 100;
    const tasks = Array.from({ length: LISTED }, (_, n) => {
      const chroot = `fedora-${40 + (n % 5)}-x86_64`;
      return givenTask({ taskId: `${base + n}-${chroot}`, chroot, owner: `owner-${n % 300}` });
    });
    const frontend = { pendingBuilds: () => Promise.resolve(tasks) };
    const given = { limits: givenLimits(WORKERS), pause: 1, frontend, withoutBuilds: true };
    await withPolledDispatcher(given, async ({ handle }) => {
      for (;;) {
        const { started, starting, running } = await handle().query(admissionQuery);
        assert.ok(running <= WORKERS);
        if (started === WORKERS && starting === 0) break;
        await new Promise((resolve) => setTimeout(resolve, 500));
      }
      const { events } = await handle().fetchHistory();
      const failed = (events ?? []).filter(
        (event) => event.workflowTaskFailedEventAttributes ?? event.workflowTaskTimedOutEventAttributes,
      );
      assert.deepEqual(failed, []);
    });
  });
});
