import assert from 'node:assert/strict';
import { unknownTaskText, waitingReason } from '../../../../src/cli/build/waiting-text.js';
import type { UnknownTask } from '../../../../src/starters/find-task.js';
import { StarterFailure } from '../../../../src/starters/starter-failure.js';

function unknown(said: Partial<UnknownTask>): string {
  const refusal = new StarterFailure('notFound', 'no build 7: it was never started here');
  return unknownTaskText({ from: 'nowhere', refusal, silence: null, frontend: null, dispatcher: null, ...said });
}

describe('a task that nobody knows', () => {
  it('is said to be unknown to the frontend, too, as far as that was asked', () => {
    assert.equal(unknown({}), 'no build 7: it was never started here; nor does the frontend list it');
    assert.match(unknown({ frontend: { state: 'unknown' } }), /list it, and has no record of it to be built$/);
    assert.match(
      unknown({ frontend: { state: 'unreadable', why: 'HTTP 500' } }),
      /list it; its record cannot be read there: HTTP 500$/,
    );
  });

  it('may wait all the same where no poller could be asked', () => {
    assert.match(unknown({ silence: 'no poller answers' }), /; whether it waits is not known: no poller answers$/);
  });

  it('has the trouble of the dispatcher beside it that would start it', () => {
    const workflow = { workflowId: 'dispatcher/builds', runId: 'r', type: 'buildDispatcher' };
    const trouble = { attempts: 7, since: null, cause: 'error', message: 'TypeError: x' } as const;
    assert.match(
      unknown({ dispatcher: { workflow, namespace: 'copr', trouble } }),
      /\nworkflow tasks of dispatcher\/builds fail: TypeError: x; attempt 7\n {2}what to do: /,
    );
  });
});

describe('waitingReason', () => {
  it('is the same until the reason changes', () => {
    assert.equal(waitingReason({ from: 'admitted', task: '7' }), '7 is admitted, and about to be started');
    const silence = 'no poller answers';
    assert.equal(
      waitingReason({ from: 'dispatcher', silence, place: 1, task: '7' }),
      waitingReason({ from: 'dispatcher', silence, place: 2, task: '7' }),
    );
  });
});
