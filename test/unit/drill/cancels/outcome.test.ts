import assert from 'node:assert/strict';
import { ENDS, outcomeOf, shortfalls, type CancelsOutcome } from '../../../../drill/cancels/outcome.js';
import type { Collected } from '../../../../drill/storm/collect.js';
import type { BuildFacts } from '../../../../drill/storm/judge-build.js';
import type { StormBuild } from '../../../../drill/storm/storm-build.js';

const REPOSITORY = { owner: 'jdoe', dirname: 'hello', chroot: 'custom-1-x86_64' };
const CANCELED_AT = Date.parse('2026-11-28T12:00:00Z');

function build(id: number): StormBuild {
  return { id, repository: REPOSITORY, script: 'succeeds', hasSources: false, canceledIn: 'signing' };
}

/** The facts about a build that was stopped for its user in the `signing` stage. */
function facts(id: number, different: Partial<BuildFacts> = {}): BuildFacts {
  return {
    ...{ id, script: 'succeeds', canceledIn: 'signing', refused: 'no', requests: [], sources: null },
    ...{ rpms: [], isNamed: false, ...different },
    rpm: { taskId: `${id}`, state: 'canceled', run: 'canceled', ...different.rpm },
  };
}

function collected(...builds: readonly BuildFacts[]): Collected {
  const nothing = { spans: [], doubleReports: [], openTickets: [], actions: [] };
  return { ...nothing, builds, confirmedAt: new Map() };
}

function outcomeOfSigning(...builds: readonly BuildFacts[]): CancelsOutcome {
  const cancels = builds.map(({ id }) => ({ build: build(id), stage: 'signing', at: CANCELED_AT }));
  return outcomeOf(cancels, collected(...builds));
}

describe('the outcome of canceled builds', () => {
  it('says by stage how they ended', () => {
    const outcome = outcomeOfSigning(facts(1), facts(2));
    assert.deepEqual(outcome.stages['signing']?.ended, { canceled: 2 });
    assert.deepEqual([outcome.builds, outcome.agreed, outcome.wrongOutcome, outcome.details], [2, 2, 0, []]);
  });

  it('finds a build that failed after its cancel was confirmed', () => {
    const outcome = outcomeOfSigning(facts(1, { rpm: { taskId: '1', state: 'failed', run: 'canceled' } }));
    assert.equal(outcome.wrongOutcome, 1);
    assert.match(outcome.details.join('\n'), /1 ended as failed, canceled while signing/);
  });

  it('finds a canceled build whose packages are public', () => {
    for (const is of [{ isNamed: true }, { rpms: ['hello-1.0-1.noarch.rpm'] }])
      assert.equal(outcomeOfSigning(facts(1, is)).wrongOutcome, 1);
  });

  it('takes a cancel that nobody confirmed for one that took for ever', () => {
    assert.equal(outcomeOfSigning(facts(1)).stages['signing']?.slowestConfirmation, Infinity);
  });
});

describe('the bar of canceled builds', () => {
  const stages = Object.fromEntries(
    Object.entries(ENDS).map(([stage, end]) => [stage, { canceled: 3, ended: { [end]: 3 }, slowestConfirmation: 1 }]),
  );
  const good = { stages, builds: 18, agreed: 18, wrongOutcome: 0, ticketsLeft: 0, doubleReports: 0, details: [] };

  it('is met by an outcome without any fault, and missed by each single one', () => {
    assert.deepEqual(shortfalls(good, 3), []);
    for (const name of ['wrongOutcome', 'ticketsLeft', 'doubleReports'])
      assert.deepEqual(shortfalls({ ...good, [name]: 1 }, 3), [`${name} is 1`]);
    assert.deepEqual(shortfalls({ ...good, agreed: 17 }, 3), ['1 builds are not agreed upon']);
  });

  it('is missed where a stage has too few cancels, or one that ended otherwise', () => {
    const few = { ...stages, waiting: { canceled: 2, ended: { canceled: 2 }, slowestConfirmation: 1 } };
    assert.deepEqual(shortfalls({ ...good, stages: few }, 3), ['2 of 3 builds were canceled while waiting']);
    const other = { ...stages, signing: { canceled: 3, ended: { canceled: 2, failed: 1 }, slowestConfirmation: 1 } };
    assert.match(shortfalls({ ...good, stages: other }, 3).join('\n'), /^signing: .* not all are canceled$/);
  });
});
