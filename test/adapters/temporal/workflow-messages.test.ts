import assert from 'node:assert/strict';
import { type Client, ServiceError, WorkflowNotFoundError } from '@temporalio/client';
import { createWorkflowMessages } from '../../../src/adapters/temporal/workflow-messages.js';
import { DEFAULT_DURATIONS } from '../../../src/contracts/durations.js';
import { PortFailure } from '../../../src/ports/port-failure.js';
import { refusalOf } from '../../support/rejection.js';

const REPOSITORY = { owner: 'jdoe', dirname: 'hello', chroot: 'fedora-42-x86_64' };
const END = { taskId: '7', at: '2026-01-01T00:00:00Z' };

/** Messages through a client all of whose calls end with this error. */
function failingWith(error: Error): ReturnType<typeof createWorkflowMessages> {
  const fail = (): Promise<never> => Promise.reject(error);
  const workflow = { signalWithStart: fail, getHandle: () => ({ signal: fail, query: fail, describe: fail }) };
  const connection = { workflowService: { getSystemInfo: fail } };
  return createWorkflowMessages({
    client: { workflow, connection } as unknown as Client,
    storage: 'main',
    durations: DEFAULT_DURATIONS,
  });
}

describe('messages to workflows', () => {
  it('wait for a server that does not answer, however often it does not: that is not a defect', async () => {
    const messages = failingWith(new ServiceError('Failed to signalWithStart Workflow', { cause: new Error('h2') }));
    const request = { requestId: 'a', workflowId: 'build/7', runId: 'r' };
    const calls = [
      messages.requestChange(REPOSITORY, { ...request, change: { kind: 'full' } } as never),
      messages.taskEnded('builds', END),
      messages.isOpen('build/7', 'r'),
    ];
    for (const call of calls) {
      const refusal = await refusalOf(call);
      assert.ok(refusal instanceof PortFailure);
      assert.deepEqual([refusal.code, refusal.retryable], ['TemporalUnavailable', true]);
      assert.match(refusal.message, /Failed to signalWithStart Workflow: h2/);
    }
    messages.close();
  });

  it('need nobody at the other end', async () => {
    const messages = failingWith(new WorkflowNotFoundError('gone', 'build/7', 'r'));
    await messages.taskEnded('builds', END);
    assert.equal(await messages.isOpen('build/7', 'r'), false);
    messages.close();
  });
});
