import assert from 'node:assert/strict';
import { FrontendHealth } from '../../../src/observing/frontend-health.js';
import { PortFailure } from '../../../src/ports/port-failure.js';

const START = Date.parse('2026-01-01T00:00:00.000Z');
const refused = new PortFailure('FrontendRefused', 'HTTP 401', { retryable: false });
const down = (began: number) => ({ code: 'FrontendUnavailable', message: 'connect ECONNREFUSED', began }) as const;

describe('FrontendHealth', () => {
  let now: number;
  let health: FrontendHealth;

  beforeEach(() => {
    now = START;
    health = new FrontendHealth(() => now);
  });

  function fail(of: 'builds' | 'actions', seconds: number): void {
    now = START + seconds * 1000;
    health.looking(of, 5);
    health.lookFailed(of, down(now));
  }

  it('says since when, how often and why, and what to do', () => {
    for (const seconds of [0, 5, 10]) fail('builds', seconds);
    const [trouble, ...more] = health.trouble();
    assert.deepEqual(more, []);
    assert.deepEqual(trouble, {
      of: 'builds',
      code: 'FrontendUnavailable',
      message: 'connect ECONNREFUSED',
      advice: 'see that the frontend runs and is reached at frontend_base_url; all goes on by itself then',
      since: '2026-01-01T00:00:00.000Z',
      at: '2026-01-01T00:00:10.000Z',
      failures: 3,
    });
    assert.equal(health.failingSeconds('builds'), 10);
  });

  it('forgets a row of failures with the first answer, and begins the next one anew', () => {
    fail('builds', 0);
    health.looked('builds');
    assert.deepEqual(health.trouble(), []);
    assert.equal(health.failingSeconds('builds'), 0);
    fail('builds', 60);
    assert.equal(health.troubleOf('builds')?.since, '2026-01-01T00:01:00.000Z');
  });

  it('keeps what is asked for apart', () => {
    fail('builds', 0);
    fail('actions', 0);
    health.watch('cancelRequests')(refused);
    health.watch('cancelRequests')(null);
    health.looked('actions');
    assert.deepEqual(
      health.trouble().map(({ of }) => of),
      ['builds'],
    );
  });

  it('calls an answer late that is not whole after 45 s, while it is waited for', () => {
    health.looking('builds', 5);
    const end = health.watch('pendingBuilds');
    now += 46_000;
    assert.match(health.troubleOf('builds')?.message ?? '', /^asked for builds 46 s ago, and the answer is not whole/);
    now += 200_000;
    assert.equal(health.isStandby('builds'), false, 'it still waits for that answer');
    end(new Error('this process gave it up'));
    assert.deepEqual(health.trouble(), []);
  });

  it('knows no trouble where another process asks by now', () => {
    fail('builds', 0);
    now += 101_000;
    assert.equal(health.isStandby('builds'), true);
    assert.deepEqual(health.trouble(), []);
    assert.equal(health.failingSeconds('builds'), null);
  });

  it('forgets a refused report when nobody tries it any more', () => {
    health.watch('reportBuild')(refused);
    now += 100_000;
    assert.equal(health.failingSeconds('reports'), 100);
    now += 60_000;
    assert.equal(health.failingSeconds('reports'), 0);
    health.watch('startingBuild')(refused);
    assert.equal(health.troubleOf('reports')?.failures, 1, 'the next one is the first of its row');
  });
});
