import assert from 'node:assert/strict';
import type { BuildStatus } from '../../../src/contracts/build/build.js';
import type { OpenClient } from '../../../src/starters/connect.js';
import { outageLines } from '../../../src/cli/dispatch/outage-text.js';
import { outagesOf } from '../../../src/starters/outages.js';
import type { PendingActivity } from '../../../src/starters/pending-activities.js';
import type { TaskReport } from '../../../src/starters/task-report.js';

const NOBODY = {} as OpenClient;
const NOW = Date.parse('2026-01-01T01:00:00.000Z');

function retrying(code: string, since: string | null): PendingActivity {
  return {
    ...{ activity: 'takeBuilder', attempt: 3, state: 'retrying', isHandedOn: false, nextAttempt: null, logBytes: null },
    ...{ lastFailure: { code, message: 'connect\n ECONNREFUSED' }, since },
  };
}

function report(task: string, ...pending: readonly PendingActivity[]): TaskReport {
  const status = { task, kind: 'rpm', waitingFor: null } as unknown as BuildStatus;
  return {
    ...{ task, workflowId: `build/${task}`, execution: 'RUNNING', startedAt: '2026-01-01T00:00:00.000Z' },
    ...{ closedAt: null, status, silence: null, failing: null, pending },
  };
}

describe('outages', () => {
  it('count each task once per system, from the earliest wait on, and leave out everything else', async () => {
    const reports = [
      report('1', retrying('ResallocUnavailable', '2026-01-01T00:50:00.000Z'), retrying('ResallocUnavailable', null)),
      report('2', retrying('ResallocUnavailable', '2026-01-01T00:48:00.000Z')),
      report('3', retrying('BuilderLost', '2026-01-01T00:10:00.000Z')),
      { ...report('4', retrying('ResallocUnavailable', '2026-01-01T00:01:00.000Z')), execution: 'COMPLETED' as const },
      report('5'),
    ];
    const outages = await outagesOf(NOBODY, { reports, more: false, trouble: [] });
    assert.deepEqual(outageLines(outages, NOW), [
      'DOWN: Resalloc since 2026-01-01T00:48:00.000Z (12 min 0 s): 2 tasks wait for it: ResallocUnavailable: connect ECONNREFUSED',
    ]);
  });

  it('say that a frontend that is not polled is down, although no running task minds', async () => {
    const failure = { of: 'builds', code: 'FrontendUnavailable', message: 'no answer', advice: '' } as const;
    const trouble = [{ ...failure, since: '2026-01-01T00:59:00.000Z', at: '2026-01-01T00:59:30.000Z', failures: 4 }];
    const outages = await outagesOf(NOBODY, { reports: [report('1')], more: true, trouble });
    assert.deepEqual(outageLines(outages, NOW), [
      'DOWN: the frontend since 2026-01-01T00:59:00.000Z (1 min 0 s): no running task waits for it: FrontendUnavailable: no answer',
    ]);
  });

  it('are not a line while nothing is down', async () => {
    assert.deepEqual(
      outageLines(await outagesOf(NOBODY, { reports: [report('1')], more: false, trouble: [] }), NOW),
      [],
    );
  });
});
