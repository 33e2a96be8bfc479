import assert from 'node:assert/strict';
import { WorkflowHealth } from '../../../src/observing/workflow-health.js';

const START = Date.parse('2026-01-01T00:00:00.000Z');
const failing = (...types: readonly string[]) =>
  types.map((type, index) => ({ workflowId: `${type}/${index}`, runId: 'run', type }));

describe('WorkflowHealth', () => {
  let now: number;
  let health: WorkflowHealth;

  beforeEach(() => {
    now = START;
    health = new WorkflowHealth(() => now);
  });

  it('has no numbers before the first look', () => {
    assert.equal(health.counts(), null);
    assert.equal(health.lookedAt(), null);
    assert.deepEqual(health.warnings(), []);
  });

  it('counts by type, zeros included, and takes strangers together', () => {
    health.seen({ found: failing('repository', 'repository', 'build', 'theirs', 'others'), more: false, missed: null });
    const counts = Object.fromEntries(health.counts() ?? []);
    assert.deepEqual([counts['repository'], counts['build'], counts['other'], counts['buildDispatcher']], [2, 1, 2, 0]);
    assert.equal(Object.keys(counts).length, 14);
    assert.deepEqual(health.warnings(), [
      'workflow tasks fail again and again of repository/0, repository/1, build/2 and 2 more: `copr-backend status` says why and what to do',
    ]);
  });

  it('tells nothing of what it saw long ago, and when it last saw everything', () => {
    health.seen({ found: failing('repository'), more: false, missed: null });
    now += 200_000;
    health.seen({ found: failing('repository'), more: false, missed: 'Temporal does not answer' });
    assert.equal(health.lookedAt(), START);
    assert.equal(health.counts()?.get('repository'), 1);
    now += 301_000;
    assert.equal(health.counts(), null);
    assert.deepEqual(health.warnings(), []);
  });
});
