import assert from 'node:assert/strict';
import type { RepositoryRequest } from '../../../src/contracts/messages.js';
import { repositoryChange, type Hold } from '../../../src/contracts/repository.js';
import { RepositoryMailbox } from '../../../src/domain/repository-mailbox.js';

const asked = (id: string, change: RepositoryRequest['change']): RepositoryRequest => ({
  ...{ requestId: id, workflowId: `build/${id}`, runId: id, change },
});
const HOLD: Hold = { generation: '1', since: '2026-01-01T00:00:00.000Z', by: 'root', reason: null };
const NOTES = [{ build: '00000002-b', text: 'b is there twice' }];

describe('RepositoryMailbox', () => {
  const told = (mailbox: RepositoryMailbox): readonly unknown[] =>
    mailbox
      .takeWords(10)
      .map((word) => [word.to.requestId, 'delay' in word ? word.delay.reason : (word.notes ?? null)]);
  const given = (): RepositoryMailbox => {
    const mailbox = new RepositoryMailbox(null);
    mailbox.receive(asked('a', repositoryChange('change', { add: ['00000001-a'] })), null);
    mailbox.receive(asked('b', repositoryChange('change', { add: ['00000002-b'] })), null);
    return mailbox;
  };

  it('tells what there is to know to who added it, and to nobody else', () => {
    const mailbox = given();
    mailbox.settle(mailbox.next() ?? assert.fail(), null, { hold: null, notes: NOTES });
    assert.deepEqual(told(mailbox), [
      ['a', null],
      ['b', ['b is there twice']],
    ]);
  });

  it('tells it on release where a repository is held, also after it has begun anew', () => {
    const mailbox = given();
    mailbox.settle(mailbox.next() ?? assert.fail(), null, { hold: HOLD, notes: NOTES });
    assert.deepEqual(told(mailbox), [
      ['a', 'held by operator'],
      ['b', 'held by operator'],
    ]);
    const next = new RepositoryMailbox(mailbox.mail());
    next.receive(asked('release', { kind: 'release', by: 'root' }), HOLD);
    next.settle(next.next() ?? assert.fail(), null, { hold: null });
    assert.deepEqual(told(next), [
      ['release', null],
      ['a', null],
      ['b', ['b is there twice']],
    ]);
  });
});
