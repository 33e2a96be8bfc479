import assert from 'node:assert/strict';
import { EVENT_COST, EventBudget } from '../../../src/domain/event-budget.js';

/** From here on the server writes warnings about a history (its default `limit.historyCount.warn`). */
const SERVER_WARNS = 10_240;

describe('EventBudget', () => {
  it('is spent when what was counted reaches the limit', () => {
    const budget = new EventBudget(2 * EVENT_COST.activity + EVENT_COST.timer);
    budget.spend('activity', 2);
    assert.equal(budget.isSpent, false);
    budget.spend('timer');
    assert.equal(budget.isSpent, true);
  });

  it('leaves room for what is still under way before the server warns', () => {
    const budget = new EventBudget();
    let signals = 0;
    while (!budget.isSpent) {
      budget.spend('signal');
      signals += 1;
    }
    assert.ok(signals * EVENT_COST.signal < SERVER_WARNS - 2000, `${signals} signals`);
  });
});
