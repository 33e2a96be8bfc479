import assert from 'node:assert/strict';
import { endOf } from '../../../../drill/storm/histories.js';
import { LONG_LIVED } from '../../../../drill/storm/long-lived.js';
import { countBeganAnew, shortfalls, type StormOutcome } from '../../../../drill/storm/outcome.js';
import { LONG, SHORT } from '../../../../drill/storm/size.js';

const NO_DETAILS = {
  ...{ notFinal: [], wrongOutcome: [], stuck: [], nondeterminism: [], limitViolations: [], ticketsLeft: [] },
  doubleReports: [],
};
const GOOD: StormOutcome = {
  ...{ builds: 64, final: 64, wrongOutcome: 0, kills: 5, queries: 100, stuck: 0, nondeterminism: 0 },
  ...{ limitViolations: 0, ticketsLeft: 0, doubleReports: 0, details: NO_DETAILS, seen: {} },
  beganAnew: {
    ...{ buildDispatcher: 1, actionDispatcher: 1, repository: 1, project: 1 },
    ...{ resign: 1, pruneResults: 1 },
  },
};

describe('the bar of a storm', () => {
  it('is met by an outcome without any fault', () => {
    assert.deepEqual(shortfalls(GOOD, SHORT), []);
  });

  it('is missed by each single fault, and says by which', () => {
    const none = ['wrongOutcome', 'stuck', 'nondeterminism', 'limitViolations', 'ticketsLeft', 'doubleReports'];
    for (const name of none) assert.deepEqual(shortfalls({ ...GOOD, [name]: 1 }, SHORT), [`${name} is 1`]);
    assert.deepEqual(shortfalls({ ...GOOD, final: 63 }, SHORT), ['63 of 64 builds are final']);
    assert.deepEqual(shortfalls({ ...GOOD, builds: 63, final: 63 }, SHORT), ['63 of 64 builds were submitted']);
    for (const type of LONG_LIVED) {
      const beganAnew = { ...GOOD.beganAnew, [type]: 0 };
      assert.deepEqual(shortfalls({ ...GOOD, beganAnew }, SHORT), [`no ${type} continued as new`]);
    }
  });

  it('asks more kills and queries of the long form', () => {
    const long = { ...GOOD, builds: 400, final: 400 };
    assert.deepEqual(shortfalls(long, LONG), ['5 kills, and not 20', '100 queries were answered, and not 1000']);
    assert.deepEqual(shortfalls({ ...long, kills: 20, queries: 1000 }, LONG), []);
  });
});

describe('runs of a storm', () => {
  it('that handed over count as begun anew, by type', () => {
    const runs = [
      { type: 'repository', end: 'continued as new' },
      { type: 'repository', end: 'continued as new' },
      { type: 'repository', end: 'open' },
      { type: 'build', end: 'continued as new' },
    ];
    const { repository, project } = countBeganAnew(runs);
    assert.deepEqual({ repository, project }, { repository: 2, project: 0 });
  });

  it('end as their last event says', () => {
    const result = (value: string): object => ({ result: { payloads: [{ data: Buffer.from(value) }] } });
    const completed = (value: string): string =>
      endOf({ events: [{}, { workflowExecutionCompletedEventAttributes: result(value) }] });
    assert.equal(completed('{"result":"refused","failure":{}}'), 'refused');
    assert.equal(completed('null'), 'completed');
    assert.equal(completed(''), 'completed', 'nothing was returned');
    assert.equal(endOf({ events: [{ workflowExecutionCanceledEventAttributes: {} }] }), 'canceled');
    assert.equal(endOf({ events: [{ workflowExecutionContinuedAsNewEventAttributes: {} }] }), 'continued as new');
    assert.equal(endOf({ events: [{ workflowTaskScheduledEventAttributes: {} }] }), 'open');
  });
});
