import assert from 'node:assert/strict';
import { earlyEnd, missingCommand } from '../../../../mutate/replay/commands.js';

type Events = Parameters<typeof missingCommand>[0];
type Commands = Parameters<typeof missingCommand>[1];

function payload(value: unknown): { readonly data: Uint8Array } {
  return { data: Buffer.from(JSON.stringify(value)) };
}

function activityEvent(input: unknown, seconds: number): Events[number] {
  return {
    activityTaskScheduledEventAttributes: {
      ...{ activityId: '1', activityType: { name: 'sign' }, taskQueue: { name: 'work' } },
      input: { payloads: [payload(input)] },
      startToCloseTimeout: { seconds: seconds as never },
      retryPolicy: { maximumInterval: { nanos: 200_000_000 }, backoffCoefficient: 2 },
    },
  };
}

function activityCommand(input: unknown, seconds: number): Commands[number] {
  return {
    scheduleActivity: {
      ...{ seq: 1, activityId: '1', activityType: 'sign', taskQueue: 'work', arguments: [payload(input)] },
      startToCloseTimeout: { seconds: seconds as never },
      retryPolicy: { maximumInterval: { nanos: 200_000_000 }, backoffCoefficient: 2 },
    },
  };
}

function signalEvent(workflowId: string): Events[number] {
  return {
    signalExternalWorkflowExecutionInitiatedEventAttributes: {
      workflowExecution: { workflowId },
      signalName: 'answer',
    },
  };
}

function signalCommand(workflowId: string): Commands[number] {
  return { signalExternalWorkflowExecution: { workflowExecution: { workflowId }, signalName: 'answer' } };
}

function timerCommand(seq: number, seconds: number): Commands[number] {
  return { startTimer: { seq, startToFireTimeout: { seconds: seconds as never } } };
}

function timerEvent(timerId: string, seconds: number): Events[number] {
  return { timerStartedEventAttributes: { timerId, startToFireTimeout: { seconds: seconds as never } } };
}

describe('missingCommand', () => {
  it('is content when every recorded command is given with its contents', () => {
    const events = [{ workflowTaskStartedEventAttributes: {} }, activityEvent({ a: 1 }, 60), timerEvent('1', 5)];
    assert.equal(missingCommand(events, [activityCommand({ a: 1 }, 60), timerCommand(1, 5)]), null);
  });

  it('names the command with another input, bound or length', () => {
    assert.match(
      missingCommand([activityEvent({ a: 1 }, 60)], [activityCommand({ a: 2 }, 60)]) ?? '',
      /"sign".*\{\\"a\\":1\}/,
    );
    assert.match(missingCommand([activityEvent({ a: 1 }, 60)], [activityCommand({ a: 1 }, 30)]) ?? '', /"sign".*60000/);
    assert.equal(missingCommand([timerEvent('1', 5)], [timerCommand(1, 6)]), '["timer","1",5000]');
  });

  it('passes over a timer that came to nothing', () => {
    assert.equal(missingCommand([timerEvent('2', 5)], [timerCommand(1, 1), timerCommand(2, 5)]), null);
  });

  it('heeds the order, where the SDK knows signals by their name only', () => {
    const events = [signalEvent('one'), signalEvent('other')];
    assert.equal(missingCommand(events, [signalCommand('one'), signalCommand('other')]), null);
    assert.equal(
      missingCommand(events, [signalCommand('other'), signalCommand('one')]),
      '["signal","other","answer",[]]',
    );
  });

  it('knows the cancel of a child by the child', () => {
    const start = { startChildWorkflowExecution: { seq: 3, workflowId: 'child', workflowType: 'build' } };
    const cancel = { cancelChildWorkflowExecution: { childWorkflowSeq: 3 } };
    const recorded = [
      {
        startChildWorkflowExecutionInitiatedEventAttributes: { workflowId: 'child', workflowType: { name: 'build' } },
      },
      {
        requestCancelExternalWorkflowExecutionInitiatedEventAttributes: { workflowExecution: { workflowId: 'child' } },
      },
    ];
    assert.equal(missingCommand(recorded, [start, cancel]), null);
    assert.equal(missingCommand(recorded, [start]), '["cancel","child"]');
  });

  it('compares how a workflow ends', () => {
    const recorded = [{ workflowExecutionCompletedEventAttributes: { result: { payloads: [payload('done')] } } }];
    assert.equal(missingCommand(recorded, [{ completeWorkflowExecution: { result: payload('done') } }]), null);
    assert.notEqual(missingCommand(recorded, [{ completeWorkflowExecution: { result: payload('half') } }]), null);
    assert.notEqual(missingCommand(recorded, [{ failWorkflowExecution: { failure: { message: 'no' } } }]), null);
  });
});

describe('earlyEnd', () => {
  const end = { completeWorkflowExecution: { result: payload('done') } };
  const anew = { continueAsNewWorkflowExecution: { workflowType: 'build' } };

  it('names the end of a run whose history goes on', () => {
    const goesOn = [
      { commands: [timerCommand(1, 5)], events: 3 },
      { commands: [end], events: 8 },
      { commands: [], events: 12 },
    ];
    assert.match(earlyEnd(goesOn) ?? '', /"completed".*done/);
    assert.match(earlyEnd([{ commands: [anew], events: 3 }, ...goesOn.slice(2)]) ?? '', /"anew","build"/);
  });

  it('is content with an end in the last task, whatever else that brings', () => {
    assert.equal(
      earlyEnd([
        { commands: [timerCommand(1, 5)], events: 3 },
        { commands: [end], events: 8 },
      ]),
      null,
    );
    assert.equal(
      earlyEnd([
        { commands: [anew], events: 8 },
        { commands: [], events: 8 },
      ]),
      null,
    );
    assert.equal(earlyEnd([]), null);
  });
});
