import assert from 'node:assert/strict';
import { collectSchedules, ScheduleHealth } from '../../../src/observing/schedule-health.js';
import { createMetrics } from '../../../src/observing/metrics.js';
import type { PeriodicWorkState, Round } from '../../../src/ports/maintenance/periodic-work.js';

const at = (hour: number): string => `2026-11-29T${String(hour).padStart(2, '0')}:40:00.000Z`;
const round = (hour: number, changed: Partial<Round>): Round => ({
  ...{ workflowId: `maintenance/reconcile/main-${at(hour)}`, startedAt: at(hour), endedAt: at(hour) },
  ...{ state: 'completed', result: { summary: 'x', changed: 0, troubles: [] }, failure: null },
  ...changed,
});
const state = (rounds: readonly Round[]): PeriodicWorkState => ({
  ...{ job: 'reconcile', storage: 'main', scheduleId: 'maintenance/reconcile/main', every: 3600 },
  ...{ next: at(23), paused: null, createdAt: at(1), rounds },
});

describe('collectSchedules', () => {
  let now: number;
  let health: ScheduleHealth;

  beforeEach(() => {
    now = Date.parse(at(12));
    health = new ScheduleHealth(() => now);
  });

  async function numbers(states: readonly PeriodicWorkState[]): Promise<Readonly<Record<string, number>>> {
    health.seen(states);
    return collected();
  }

  async function collected(): Promise<Readonly<Record<string, number>>> {
    const metrics = createMetrics();
    collectSchedules(metrics, health);
    const lines = (await metrics.registry.metrics())
      .split('\n')
      .filter((line) => /^copr_(schedule|reconcile)_/.test(line));
    return Object.fromEntries(lines.map((line) => [line.split(' ')[0] ?? '', Number(line.split(' ')[1])]));
  }

  const LABELS = '{job="reconcile",storage="main"}';

  it('has the end of the last good round, whatever came after it, and what the last complete one told', async () => {
    const result = { summary: 'x', changed: 0, troubles: ['a', 'b'], counts: { tickets: 2, keys: 0 } };
    const found = await numbers([
      state([
        round(11, { state: 'running', endedAt: null, result: null }),
        round(10, { state: 'failed', result: null, failure: { code: 'StorageFailed', message: 'full' } }),
        round(9, { result }),
        round(8, {}),
      ]),
    ]);
    assert.deepEqual(found, {
      [`copr_schedule_last_success_timestamp_seconds${LABELS}`]: Date.parse(at(9)) / 1000,
      [`copr_schedule_interval_seconds${LABELS}`]: 3600,
      [`copr_schedule_paused${LABELS}`]: 0,
      [`copr_schedule_troubles${LABELS}`]: 2,
      'copr_reconcile_findings{check="tickets",storage="main"}': 2,
      'copr_reconcile_findings{check="keys",storage="main"}': 0,
    });
  });

  it('counts from the making of the Schedule before the first round, and from a round that is forgotten', async () => {
    const success = `copr_schedule_last_success_timestamp_seconds${LABELS}`;
    assert.equal((await numbers([state([])]))[success], Date.parse(at(1)) / 1000);
    const forgotten = round(5, { state: 'forgotten', endedAt: null, result: null });
    assert.equal((await numbers([state([forgotten])]))[success], Date.parse(at(5)) / 1000);
  });

  it('tells nothing of what it saw long ago, or of a Schedule that is gone', async () => {
    await numbers([state([round(9, {})])]);
    now += 301_000;
    assert.deepEqual(await collected(), {});
    assert.deepEqual(await numbers([]), {});
  });
});
