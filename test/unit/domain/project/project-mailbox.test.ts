import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { ProjectRequest } from '../../../../src/contracts/messages.js';
import { KEYS_AT_ONCE, ProjectMailbox } from '../../../../src/domain/project/project-mailbox.js';

const NOW = '2026-11-28T10:00:00.000Z';

function lock(requestId: string, shared = false): ProjectRequest {
  const work = { kind: 'lock' as const, purpose: requestId, ...(shared ? { shared: true as const } : {}) };
  return { requestId, workflowId: `action/${requestId}`, runId: 'run', work };
}

/** Locks that can begin now, in the order they do. */
function begin(mailbox: ProjectMailbox): readonly (string | undefined)[] {
  const begun: (string | undefined)[] = [];
  while (mailbox.hasLockToGrant) begun.push(mailbox.grantLock(NOW)?.requestId);
  return begun;
}

function given(...requests: readonly ProjectRequest[]): ProjectMailbox {
  const mailbox = new ProjectMailbox(null);
  for (const request of requests) mailbox.receive(request);
  return mailbox;
}

describe('ProjectMailbox', () => {
  it('gives locks one at a time in the order asked for', () => {
    const mailbox = given(lock('a'), lock('b'));
    assert.deepEqual(begin(mailbox), ['a']);
    mailbox.end('a');
    assert.deepEqual(begin(mailbox), ['b']);
  });

  it('gives shared locks side by side', () => {
    assert.deepEqual(begin(given(lock('a', true), lock('b', true))), ['a', 'b']);
  });

  it('lets nobody share with one that does not', () => {
    assert.deepEqual(begin(given(lock('a'), lock('b', true))), ['a']);
    assert.deepEqual(begin(given(lock('a', true), lock('b'))), ['a']);
  });

  it('lets no later reader overtake a writer that waits', () => {
    const mailbox = given(lock('a', true), lock('write'), lock('b', true), lock('c', true));
    assert.deepEqual(begin(mailbox), ['a']);
    mailbox.end('a');
    assert.deepEqual(begin(mailbox), ['write']);
    mailbox.end('write');
    assert.deepEqual(begin(mailbox), ['b', 'c']);
  });

  it('lets readers go on together when the writer between them gives up', () => {
    const mailbox = given(lock('a', true), lock('write'), lock('b', true));
    begin(mailbox);
    mailbox.end('write');
    assert.deepEqual(begin(mailbox), ['b']);
    assert.deepEqual(
      mailbox.holders.map(({ requestId }) => requestId),
      ['a', 'b'],
    );
  });

  it('tells each holder again that asks again, and no other', () => {
    const mailbox = given(lock('a', true), lock('b', true));
    begin(mailbox);
    mailbox.receive(lock('b', true));
    assert.deepEqual(begin(mailbox), ['b']);
    assert.equal(mailbox.holders.length, 2);
  });

  it('hands holders and those who wait over', () => {
    const mailbox = given(lock('a', true), lock('b', true), lock('write'));
    begin(mailbox);
    const next = new ProjectMailbox(mailbox.mail());
    assert.deepEqual(begin(next), []);
    next.end('a');
    next.end('b');
    assert.deepEqual(begin(next), ['write']);
  });

  it('makes a key once however many wait for it, and a few keys at a time', () => {
    const key = (requestId: string, dirname: string): ProjectRequest => ({
      ...{ requestId, workflowId: `build/${requestId}`, runId: 'run' },
      work: { kind: 'ensureKey', dirname },
    });
    const dirnames = Array.from({ length: KEYS_AT_ONCE + 1 }, (_, index) => `hello:pr:${index}`);
    const mailbox = given(
      ...dirnames.flatMap((dirname) => [key(`1/${dirname}`, dirname), key(`2/${dirname}`, dirname)]),
    );
    assert.deepEqual(mailbox.takeDirnames(), dirnames.slice(0, KEYS_AT_ONCE));
    assert.equal(mailbox.hasKeyToMake, false);
    assert.equal(mailbox.takeKeyRequests('hello:pr:0', 10).length, 2);
    mailbox.endKey('hello:pr:0');
    assert.deepEqual(mailbox.takeDirnames(), dirnames.slice(KEYS_AT_ONCE));
  });

  it('never lets a writer and another one at the directories, and gives every lock that is not given up', () => {
    const word = fc.record({ id: fc.nat(7), shared: fc.boolean(), word: fc.constantFrom('ask', 'end', 'begin anew') });
    fc.assert(
      fc.property(fc.array(word, { maxLength: 60 }), (words) => {
        let mailbox = new ProjectMailbox(null);
        const isShared = new Map<string, boolean>();
        const begin = (): void => {
          while (mailbox.hasLockToGrant) mailbox.grantLock(NOW);
          const writers = mailbox.holders.filter(({ work }) => work.shared !== true);
          assert.ok(writers.length === 0 || mailbox.holders.length === 1);
          assert.ok(mailbox.holders.length > 0 || mailbox.locksWaiting.length === 0, 'somebody waits for nobody');
        };
        for (const { id, shared, word: said } of words) {
          const requestId = String(id);
          if (said === 'ask') {
            const asked = isShared.get(requestId) ?? shared;
            isShared.set(requestId, asked);
            mailbox.receive(lock(requestId, asked));
          } else if (said === 'end') {
            isShared.delete(requestId);
            mailbox.end(requestId);
          } else mailbox = new ProjectMailbox(mailbox.mail());
          begin();
        }
        const known = [...mailbox.holders, ...mailbox.locksWaiting].map(({ requestId }) => requestId).sort();
        assert.deepEqual(known, [...isShared.keys()].sort());
        for (let [holder] = mailbox.holders; holder !== undefined; [holder] = mailbox.holders) {
          mailbox.end(holder.requestId);
          begin();
        }
        assert.ok(mailbox.isEmpty);
      }),
    );
  });
});
