import assert from 'node:assert/strict';
import { type WorkflowQueryInput, QueryNotRegisteredError } from '@temporalio/client';
import { queryAgain } from '../../../src/adapters/temporal/query-again.js';
import { ASK_AGAIN } from '../../../src/contracts/messages.js';

const INPUT = { queryType: 'status', args: [], headers: {}, workflowExecution: { workflowId: 'build/1' } };
const INVALID_ARGUMENT = 3;

async function ask(answers: readonly string[]): Promise<{ readonly answer: unknown; readonly asked: number }> {
  let asked = 0;
  const next = (input: WorkflowQueryInput): Promise<unknown> => {
    assert.equal(input, INPUT);
    const refusal = answers[asked++];
    if (refusal === undefined) return Promise.resolve('running');
    return Promise.reject(Reflect.construct(QueryNotRegisteredError, [refusal, INVALID_ARGUMENT]) as Error);
  };
  const answer = await queryAgain.query?.(INPUT, next).catch((error: unknown) => error);
  return { answer, asked };
}

describe('a query that came at a bad moment', () => {
  it('is asked again until it is answered', async () => {
    assert.deepEqual(await ask([ASK_AGAIN, `Error: ${ASK_AGAIN}`]), { answer: 'running', asked: 3 });
  });

  it('is not asked again where the workflow does not know it', async () => {
    const { answer, asked } = await ask(['no query handler of that name']);
    assert.ok(answer instanceof QueryNotRegisteredError);
    assert.equal(asked, 1);
  });
});
