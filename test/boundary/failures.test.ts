import assert from 'node:assert/strict';
import { mapFailures } from '../../src/activities/failure-mapping.js';
import type { ActionOutcome, ActionPlan, ActionStatus } from '../../src/contracts/action/action.js';
import { FAILURES, failureActor, type FailureCode } from '../../src/contracts/failures/failure-codes.js';
import { actionStatusQuery } from '../../src/contracts/messages.js';
import { PortFailure } from '../../src/ports/port-failure.js';
import type { action } from '../../src/workflows/action/action.js';
import { outcomeOf } from '../support/outcome-of.js';
import { fakeActivities } from '../support/fake-activities.js';
import { SHORT, withRig } from '../support/workflow-rig.js';

const PLAN: ActionPlan = { type: 'gen_gpg_key', project: { owner: 'jdoe', project: 'hello' }, sign: false };
/** Attempts follow each other at once. */
const durations = { ...SHORT, retryFirst: 0.01, retryLongest: 0.02 };

type Attempt = (number: number) => Promise<ActionPlan>;
type Seen = {
  readonly attempts: number;
  readonly outcome: ActionOutcome;
  readonly status: ActionStatus;
  readonly reported: ActionOutcome | undefined;
};

function refusing(code: FailureCode, retryable: boolean, until = Number.POSITIVE_INFINITY): Attempt {
  const refusal = new PortFailure(code, `${code} was said`, { retryable });
  return (number) => (number < until ? Promise.reject(refusal) : Promise.resolve(PLAN));
}

const BUILDER_FAILURES = (Object.keys(FAILURES) as FailureCode[]).filter((code) => failureActor(code) === 'builder');

/** Actions whose first activity goes so, side by side on one worker. */
const CASES: Readonly<Record<string, Attempt>> = {
  refused: refusing('TaskInvalid', false),
  // A wrong password is repaired some day: nothing fails for it.
  forbidden: refusing('FrontendRefused', false, 12),
  unavailable: refusing('FrontendUnavailable', true, 12),
  defect: () => Promise.reject(new TypeError('x is undefined')),
  once: (number) => (number < 3 ? Promise.reject(new Error('once')) : Promise.resolve(PLAN)),
  ...Object.fromEntries(BUILDER_FAILURES.map((code) => [code, refusing(code, true)])),
};

/** The text that people see of each. */
async function runAll(): Promise<ReadonlyMap<string, Seen>> {
  const names = Object.keys(CASES);
  const attempts = names.map(() => 0);
  const beginAction = ({ actionId }: { readonly actionId: number }): Promise<ActionPlan> => {
    const number = (attempts[actionId] ?? 0) + 1;
    attempts[actionId] = number;
    return CASES[names[actionId] ?? '']?.(number) ?? assert.fail('no such case');
  };
  const fakes = fakeActivities(mapFailures({ beginAction }));
  return withRig(fakes.activities, async ({ client, queue, storage }) => {
    const seen = names.map(async (name, actionId): Promise<readonly [string, Seen]> => {
      const handle = await client.workflow.start<typeof action>('action', {
        workflowId: `action/failures-${name}-${storage}`,
        taskQueue: queue,
        args: [{ actionId, storage, durations }],
      });
      const outcome = await outcomeOf<ActionOutcome>(handle);
      assert.ok(outcome !== 'canceled');
      const status = await handle.query(actionStatusQuery);
      const reported = fakes.inputs('finishAction').find((input) => input.actionId === actionId)?.outcome;
      return [name, { attempts: attempts[actionId] ?? 0, outcome, status, reported }];
    });
    return new Map(await Promise.all(seen));
  });
}

describe("a port's refusal on its way to the workflow", function () {
  this.timeout(60_000);
  let all: ReadonlyMap<string, Seen>;

  before(async () => {
    all = await runAll();
  });

  function seenOf(name: string): Seen {
    return all.get(name) ?? assert.fail(`${name} did not run`);
  }

  it('keeps its code and its line, in the status and in the report', () => {
    const { attempts, outcome, status, reported } = seenOf('refused');
    assert.equal(attempts, 1);
    assert.deepEqual(outcome, { result: 'failed', message: 'TaskInvalid: TaskInvalid was said' });
    assert.deepEqual(reported, outcome);
    assert.equal(status.lastFailure?.code, 'TaskInvalid');
    assert.equal(status.lastFailure.message, 'TaskInvalid was said');
  });

  it('is tried again while it may go through later, more often than a defect would be', () => {
    for (const name of ['unavailable', 'forbidden']) {
      const { attempts, outcome } = seenOf(name);
      assert.deepEqual([attempts, outcome], [12, { result: 'succeeded' }], name);
    }
  });

  for (const code of BUILDER_FAILURES) {
    it(`is not tried again here when it is ${code}: the workflow decides about another machine`, () => {
      const { attempts, outcome } = seenOf(code);
      assert.deepEqual([attempts, outcome], [1, { result: 'failed', message: `${code}: ${code} was said` }]);
    });
  }

  it('is a defect when nobody foresaw it: tried ten times, then said as such', () => {
    const { attempts, outcome, status } = seenOf('defect');
    assert.deepEqual([attempts, outcome], [10, { result: 'failed', message: 'BackendDefect: x is undefined' }]);
    assert.equal(status.lastFailure?.code, 'BackendDefect');
  });

  it('is forgotten when a later attempt of an unforeseen error goes well', () => {
    const { attempts, outcome } = seenOf('once');
    assert.deepEqual([attempts, outcome], [3, { result: 'succeeded' }]);
  });
});
