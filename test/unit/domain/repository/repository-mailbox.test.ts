import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { RepositoryRequest } from '../../../../src/contracts/messages.js';
import { repositoryChange, type Hold } from '../../../../src/contracts/repository/repository.js';
import { RepositoryMailbox } from '../../../../src/domain/repository/repository-mailbox.js';

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
    mailbox.complete(mailbox.next() ?? assert.fail(), null, { hold: null, notes: NOTES });
    assert.deepEqual(told(mailbox), [
      ['a', null],
      ['b', ['b is there twice']],
    ]);
  });

  it('tells it on release where a repository is held, also after it has begun anew', () => {
    const mailbox = given();
    mailbox.complete(mailbox.next() ?? assert.fail(), null, { hold: HOLD, notes: NOTES });
    assert.deepEqual(told(mailbox), [
      ['a', 'held by operator'],
      ['b', 'held by operator'],
    ]);
    const next = new RepositoryMailbox(mailbox.mail());
    next.receive(asked('release', { kind: 'release', by: 'root' }), HOLD);
    next.complete(next.next() ?? assert.fail(), null, { hold: null });
    assert.deepEqual(told(next), [
      ['release', null],
      ['a', null],
      ['b', ['b is there twice']],
    ]);
  });

  it('answers every request, and does none twice, whatever fails and however often it starts again', () => {
    const FAILURE = { code: 'RepositoryFailed', message: 'createrepo_c exited with 1' } as const;
    const word = fc.oneof(
      fc.record({ word: fc.constant('ask'), id: fc.nat(9) }),
      fc.record({ word: fc.constantFrom('run', 'failed run', 'begin anew'), id: fc.constant(0) }),
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 80 }), (words) => {
        let mailbox = new RepositoryMailbox(null);
        const requested = new Set<string>();
        const answered = new Set<string>();
        const done = new Map<string, number>();
        const listen = (): void => {
          for (const heard of mailbox.takeWords(100)) {
            assert.ok(requested.has(heard.to.requestId), 'nobody hears what they have not asked');
            answered.add(heard.to.requestId);
          }
        };
        const run = (isGood: boolean): void => {
          const taken = mailbox.next();
          if (taken === null) return;
          if (isGood) for (const { requestId } of taken.batch) done.set(requestId, (done.get(requestId) ?? 0) + 1);
          if (!isGood && taken.batch.length > 1) mailbox.divide(taken);
          else mailbox.complete(taken, isGood ? null : FAILURE, { hold: null });
        };
        for (const { word: said, id } of words) {
          const requestId = String(id);
          if (said === 'ask') {
            requested.add(requestId);
            mailbox.receive(asked(requestId, repositoryChange('change', { add: [`0000000${id}-hello`] })), null);
          } else if (said === 'begin anew') mailbox = new RepositoryMailbox(mailbox.mail());
          else run(said === 'run');
          listen();
        }
        while (mailbox.waiting > 0) run(true);
        listen();
        assert.deepEqual([...answered].sort(), [...requested].sort());
        assert.ok([...done.values()].every((times) => times === 1));
      }),
    );
  });
});
