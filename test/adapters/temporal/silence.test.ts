import assert from 'node:assert/strict';
import { mock } from 'node:test';
import { Client, Connection } from '@temporalio/client';
import { createWorkflowMessages } from '../../../src/adapters/temporal/workflow-messages.js';
import { DEFAULT_DURATIONS } from '../../../src/contracts/durations.js';

const HOUR = 3_600_000;

describe('the silence of the Temporal server', () => {
  it('is measured whatever the time of day is set to', () => {
    const now = 1_800_000_000_000;
    mock.timers.enable({ apis: ['Date'], now });
    try {
      const client = new Client({ connection: Connection.lazy() }); // it is not asked within the time of this test
      const messages = createWorkflowMessages({ client, storage: 'main', durations: DEFAULT_DURATIONS });
      for (const set of [now + HOUR, now - HOUR]) {
        mock.timers.setTime(set);
        const silent = messages.silentForMs();
        assert.ok(silent >= 0 && silent < HOUR / 2, String(silent));
      }
      messages.close();
    } finally {
      mock.timers.reset();
    }
  });
});
