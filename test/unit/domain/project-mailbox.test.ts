import assert from 'node:assert/strict';
import type { ProjectRequest } from '../../../src/contracts/messages.js';
import { ProjectMailbox } from '../../../src/domain/project-mailbox.js';

const NOW = '2026-11-28T10:00:00.000Z';

function turn(requestId: string, shared = false): ProjectRequest {
  const work = { kind: 'turn' as const, purpose: requestId, ...(shared ? { shared: true as const } : {}) };
  return { requestId, workflowId: `action/${requestId}`, runId: 'run', work };
}

/** Turns that can begin now, in the order they do. */
function begin(mailbox: ProjectMailbox): readonly (string | undefined)[] {
  const begun: (string | undefined)[] = [];
  while (mailbox.hasTurnToGive) begun.push(mailbox.giveTurn(NOW)?.requestId);
  return begun;
}

function given(...requests: readonly ProjectRequest[]): ProjectMailbox {
  const mailbox = new ProjectMailbox(null);
  for (const request of requests) mailbox.receive(request);
  return mailbox;
}

describe('ProjectMailbox', () => {
  it('gives turns one at a time in the order asked for', () => {
    const mailbox = given(turn('a'), turn('b'));
    assert.deepEqual(begin(mailbox), ['a']);
    mailbox.end('a');
    assert.deepEqual(begin(mailbox), ['b']);
  });

  it('gives shared turns side by side', () => {
    assert.deepEqual(begin(given(turn('a', true), turn('b', true))), ['a', 'b']);
  });

  it('lets nobody share with one that does not', () => {
    assert.deepEqual(begin(given(turn('a'), turn('b', true))), ['a']);
    assert.deepEqual(begin(given(turn('a', true), turn('b'))), ['a']);
  });

  it('lets no later reader overtake a writer that waits', () => {
    const mailbox = given(turn('a', true), turn('write'), turn('b', true), turn('c', true));
    assert.deepEqual(begin(mailbox), ['a']);
    mailbox.end('a');
    assert.deepEqual(begin(mailbox), ['write']);
    mailbox.end('write');
    assert.deepEqual(begin(mailbox), ['b', 'c']);
  });

  it('lets readers go on together when the writer between them gives up', () => {
    const mailbox = given(turn('a', true), turn('write'), turn('b', true));
    begin(mailbox);
    mailbox.end('write');
    assert.deepEqual(begin(mailbox), ['b']);
    assert.deepEqual(
      mailbox.holders.map(({ requestId }) => requestId),
      ['a', 'b'],
    );
  });

  it('tells each holder again that asks again, and no other', () => {
    const mailbox = given(turn('a', true), turn('b', true));
    begin(mailbox);
    mailbox.receive(turn('b', true));
    assert.deepEqual(begin(mailbox), ['b']);
    assert.equal(mailbox.holders.length, 2);
  });

  it('hands holders and those who wait over', () => {
    const mailbox = given(turn('a', true), turn('b', true), turn('write'));
    begin(mailbox);
    const next = new ProjectMailbox(mailbox.mail());
    assert.deepEqual(begin(next), []);
    next.end('a');
    next.end('b');
    assert.deepEqual(begin(next), ['write']);
  });
});
