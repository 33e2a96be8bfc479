import assert from 'node:assert/strict';
import fc from 'fast-check';
import { repositoryChange } from '../../../src/contracts/repository/repository.js';
import { createActionActivities } from '../../../src/activities/action/actions.js';
import type { ActionPlan } from '../../../src/contracts/action/action.js';
import type { FailureCode } from '../../../src/contracts/failures/failure-codes.js';
import { isSafeName } from '../../../src/domain/names/safe-name.js';
import { PortFailure } from '../../../src/ports/port-failure.js';
import { mapFailures } from '../../../src/activities/failure-mapping.js';
import { activityContext, activityFailureOf } from '../../support/activity.js';
import { fakePorts } from '../../support/fake-ports.js';
import { actionRecord, planOf, type RecordType } from '../../support/planned-action.js';

const CREATEREPO = {
  ownername: '@web',
  projectname: 'stack',
  project_dirnames: ['stack', 'stack:pr:1'],
  chroots: ['fedora-42-x86_64', 'epel-9-x86_64'],
};

function planned(type: RecordType, data: unknown): ActionPlan {
  return planOf(actionRecord(type, data));
}

describe('the plan of a record', () => {
  it('asks for the metadata of every directory in every chroot', () => {
    const plan = planned('createrepo', { ...CREATEREPO, devel: true, appstream: false });
    assert.ok(plan.type === 'createrepo');
    assert.deepEqual(
      (plan.requests.items ?? []).map(({ repository: { owner, dirname, chroot } }) => `${owner}/${dirname}/${chroot}`),
      [
        '@web/stack/fedora-42-x86_64',
        '@web/stack/epel-9-x86_64',
        '@web/stack:pr:1/fedora-42-x86_64',
        '@web/stack:pr:1/epel-9-x86_64',
      ],
    );
    for (const { change } of plan.requests.items ?? [])
      assert.deepEqual(change, repositoryChange('full', { devel: true }));
  });

  it('speaks of the public metadata unless told otherwise', () => {
    const plan = planned('createrepo', CREATEREPO);
    assert.ok(plan.type === 'createrepo');
    assert.equal(plan.requests.items?.[0]?.change.devel, false);
  });

  it('makes a key where packages are signed', () => {
    const data = { ownername: '@web', projectname: 'stack' };
    const project = { owner: '@web', project: 'stack' };
    for (const sign of [true, false])
      assert.deepEqual(planOf(actionRecord('generateKey', data), sign), { type: 'gen_gpg_key', project, sign });
  });

  it('refuses data that leaves the tree or is malformed, before anything is touched', () => {
    const hostile: readonly (readonly [RecordType, unknown])[] = [
      ['createrepo', null],
      ['createrepo', 'text'],
      ['createrepo', []],
      ['createrepo', { ...CREATEREPO, ownername: '..' }],
      ['createrepo', { ...CREATEREPO, project_dirnames: ['../other'] }],
      ['createrepo', { ...CREATEREPO, chroots: ['fedora-42-x86_64/../..'] }],
      ['createrepo', { ...CREATEREPO, chroots: ['-rf'] }],
      ['createrepo', { ...CREATEREPO, chroots: 'fedora-42-x86_64' }],
      ['createrepo', { ...CREATEREPO, devel: 'yes' }],
      ['createrepo', { ...CREATEREPO, chroots: Array.from({ length: 50_001 }, (_, index) => `c-${index}`) }],
      ['generateKey', { ownername: '@web' }],
      ['generateKey', { ownername: 'a/b', projectname: 'stack' }],
      ['generateKey', { ownername: '@web', projectname: 'a\nb' }],
    ];
    for (const [type, data] of hostile) {
      const plan = planned(type, data);
      assert.ok(plan.type === 'refused', JSON.stringify(data).slice(0, 100));
      assert.equal(plan.failure.code, 'TaskInvalid');
      assert.match(plan.failure.message, /^the data of action 50 does not fit: [^\n]+$/);
      assert.ok(plan.failure.message.length <= 500);
    }
  });

  it('never plans a name that is more than a name', () => {
    const word = fc.oneof(fc.constantFrom('stack', '@web', '../x', '.', 'a/b'), fc.string({ unit: 'binary' }));
    const data = fc.record({
      ownername: word,
      projectname: word,
      project_dirnames: fc.array(word, { maxLength: 3 }),
      chroots: fc.array(word, { maxLength: 3 }),
    });
    fc.assert(
      fc.property(fc.constantFrom('createrepo', 'generateKey'), fc.oneof(data, fc.anything()), (type, hostile) => {
        const plan = planned(type, hostile);
        const names =
          plan.type === 'createrepo'
            ? (plan.requests.items ?? []).flatMap(({ repository }) => Object.values(repository))
            : plan.type === 'gen_gpg_key'
              ? Object.values(plan.project)
              : [];
        for (const name of names) assert.ok(isSafeName(name), JSON.stringify(name));
      }),
    );
  });
});

describe('beginAction', () => {
  it('plans what the frontend says', async () => {
    const { beginAction } = createActionActivities(fakePorts().deps);
    const plan = await activityContext().run(beginAction, { actionId: 5 });
    assert.deepEqual(plan, { type: 'gen_gpg_key', project: { owner: 'jdoe', project: 'hello' }, sign: true });
  });

  it('refuses a record that does not fit, and tries again when there is no answer', async () => {
    const answer = (code: FailureCode): Promise<ActionPlan> => {
      const failure = new PortFailure(code, 'said');
      const ports = fakePorts({ frontend: { action: () => Promise.reject(failure) } });
      return activityContext().run(createActionActivities(ports.deps).beginAction, { actionId: 5 });
    };
    for (const code of ['TaskInvalid', 'ActionUnsupported'] as const)
      assert.deepEqual(await answer(code), { type: 'refused', failure: { code, message: 'said' } });
    await assert.rejects(answer('FrontendUnavailable'), { code: 'FrontendUnavailable' });
  });
});

describe('requestListed', () => {
  it('asks the single owner of each, with the answer to come to this run', async () => {
    const ports = fakePorts();
    const { requestListed } = createActionActivities(ports.deps);
    const repository = { owner: 'jdoe', dirname: 'hello', chroot: 'custom-1-x86_64' };
    const change = repositoryChange('full');
    await activityContext().run(requestListed, {
      list: { items: [{ repository, change }], file: null },
      requests: [{ requestId: 'r', index: 0 }],
    });
    const run = { workflowId: 'test', runId: '00000000-0000-0000-0000-000000000000' };
    assert.deepEqual(ports.calls('messages', 'requestChange'), [[repository, { requestId: 'r', ...run, change }]]);
  });
});

describe('finishAction', () => {
  it('reports, and tells the dispatcher afterwards', async () => {
    for (const outcome of [{ result: 'succeeded' }, { result: 'failed', message: 'RepositoryFailed: x' }] as const) {
      const ports = fakePorts();
      await activityContext().run(createActionActivities(ports.deps).finishAction, { actionId: 5, outcome });
      assert.deepEqual(ports.calls('frontend', 'reportAction'), [[5, outcome]]);
      const names = ports.names();
      assert.ok(names.indexOf('frontend.reportAction') < names.indexOf('messages.taskEnded'));
      assert.equal(ports.calls('messages', 'taskEnded')[0]?.[1].taskId, '5');
    }
  });

  it('does not drop the end of an action for a wrong password', async () => {
    const refusal = new PortFailure('FrontendRefused', '403', { retryable: false });
    const ports = fakePorts({ frontend: { reportAction: () => Promise.reject(refusal) } });
    const { finishAction } = mapFailures(createActionActivities(ports.deps));
    const outcome = { result: 'succeeded' } as const;
    const failure = await activityFailureOf(activityContext().run(finishAction, { actionId: 5, outcome }));
    assert.deepEqual([failure.type, failure.nonRetryable], ['FrontendRefused', false]);
    assert.deepEqual(ports.calls('messages', 'taskEnded'), []);
  });
});
