import assert from 'node:assert/strict';
import type { AdmissionStatus } from '../../../../src/contracts/dispatch/dispatch.js';
import type { FrontendTrouble, QueuePage, WaitingTask } from '../../../../src/contracts/dispatch/queue.js';
import { type Queues, queueText, queueTrouble } from '../../../../src/cli/dispatch/queue-text.js';
import { waitingTaskJson, waitingTaskLines } from '../../../../src/cli/build/waiting-text.js';
import type { WaitingReport } from '../../../../src/starters/waiting-task.js';
import { givenLimits } from '../../../support/given-tasks.js';

const NOW = Date.parse('2026-01-01T00:10:00.000Z');
const refused: FrontendTrouble = {
  ...{ of: 'builds', code: 'FrontendRefused', message: 'GET …/pending-jobs/: HTTP 401', failures: 16 },
  ...{ since: '2026-01-01T00:08:40.000Z', at: '2026-01-01T00:09:55.000Z', advice: 'compare frontend_auth' },
};

function admission(changed: Partial<AdmissionStatus> = {}): AdmissionStatus {
  return {
    ...{ running: 1, limits: givenLimits(2), reserve: ['7'], listed: 3, lastPoll: '2026-01-01T00:09:58.000Z' },
    ...{ tombstones: 0, started: 4, ended: 3, starting: 0, canceling: 0, limitsFrom: null, lastFailure: null },
    ...changed,
  };
}

function page(trouble: readonly FrontendTrouble[]): QueuePage {
  return {
    ...{ of: 'builds', polledAt: '2026-01-01T00:08:35.000Z', listed: 3, running: 1, waiting: 0, matching: 0 },
    ...{ offset: 0, limit: 20, tasks: [], trouble, limits: null },
  };
}

function text(queues: Partial<Queues>): string {
  const waiting = { answer: page([]), silence: null };
  return queueText({ builds: admission(), actions: admission(), waiting, outages: [], ...queues }, NOW);
}

const INACTIVE: WaitingTask = {
  ...{ task: '5-old-1-x86_64', owner: 'jdoe', arch: 'x86_64', chroot: 'old-1-x86_64', background: false },
  ...{ position: null, ownerPosition: null, heldBy: [], chrootInactive: true, notBefore: null, estimate: null },
};

describe('a task whose chroot is inactive', () => {
  it('is shown as waiting for that, in the queue and alone', () => {
    const waiting = { answer: { ...page([]), waiting: 1, matching: 1, tasks: [INACTIVE] }, silence: null };
    assert.match(text({ waiting }), /5-old-1-x86_64 +jdoe .*waiting: chroot inactive/);
    const seen = { state: 'waiting', polledAt: '2026-01-01T00:08:35.000Z', trouble: [], waiting: 1, ownerWaiting: 1 };
    const report = { from: 'poller', task: { ...seen, ...INACTIVE } } as WaitingReport;
    const lines = waitingTaskLines(report).join('\n');
    assert.match(lines, /once its chroot is active again/);
    assert.match(lines, /^ {2}waiting: chroot inactive$/m);
    assert.deepEqual(waitingTaskJson(report)['waitingFor'], { reason: 'chroot inactive', detail: 'old-1-x86_64' });
  });
});

describe('queueText', () => {
  it('has not a word on a frontend that answers', () => {
    assert.match(text({}), /last poll 2026-01-01T00:09:58.000Z, 2 s ago; started 4/);
    assert.doesNotMatch(text({}), /frontend cannot|what to do|no newer list/);
  });

  it('says that the frontend cannot be asked, since when, why, what to do, and how old the list is', () => {
    const shown = text({ waiting: { answer: page([refused]), silence: null } });
    assert.match(
      shown,
      /\n {2}the frontend cannot be asked for builds since 2026-01-01T00:08:40.000Z, 16 times in a row: FrontendRefused: GET …\/pending-jobs\/: HTTP 401\n {4}what to do: compare frontend_auth\nactions:/,
    );
    assert.match(
      shown,
      /waiting: 0 builds, as of 2026-01-01T00:08:35.000Z \(1 min 25 s ago: no newer list was to be had\)/,
    );
  });

  it('says so without a list, too', () => {
    const silence = 'the frontend has not answered with a whole list of builds yet';
    assert.match(text({ waiting: { answer: null, silence, trouble: [refused] } }), /cannot be asked for builds since/);
  });

  it('knows from the dispatcher alone where no poller answers', () => {
    const lastFailure = {
      what: 'poll' as const,
      code: 'FrontendUnavailable',
      message: 'connect ECONNREFUSED',
      at: '2026-01-01T00:09:50.000Z',
    };
    const waiting = { answer: null, silence: 'no poller answers', trouble: [] };
    const queues = { builds: admission({ lastFailure }), actions: admission(), waiting, outages: [] };
    assert.match(
      queueText(queues, NOW),
      /trouble with the frontend over builds, last at 2026-01-01T00:09:50.000Z: FrontendUnavailable: connect ECONNREFUSED\n +what to do: see that/,
    );
    assert.deepEqual(
      queueTrouble(queues).map(({ of, since, failures }) => [of, since, failures]),
      [['builds', null, null]],
    );
  });

  it('says whose limits count when they are not those of the poller that is asked', () => {
    const counts = { poller: 'poller@a/1/7.1', digest: '1a2b', at: '2026-01-01T00:09:58.000Z' };
    const waiting = (digest: string): Queues['waiting'] => {
      return { answer: { ...page([]), limits: { digest, countsFrom: counts } }, silence: null };
    };
    assert.doesNotMatch(text({ waiting: waiting('1a2b') }), /limits of builds/);
    assert.match(
      text({ waiting: waiting('3c4d') }),
      /limits of builds are those of poller poller@a\/1\/7.1 \(digest 1a2b.*this poller has others \(digest 3c4d\)/,
    );
  });

  it('says that nobody asks when the last poll is long ago and did not fail', () => {
    const old = admission({ lastPoll: '2026-01-01T00:01:00.000Z' });
    assert.match(
      text({ builds: old }),
      /9 min 0 s ago; .*\n +no poller asks the frontend: is `copr-backend worker poller`/,
    );
  });
});
