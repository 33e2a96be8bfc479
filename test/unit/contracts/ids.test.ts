import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  ACTION_DISPATCHER_ID,
  actionWorkflowId,
  BUILD_DISPATCHER_ID,
  buildWorkflowId,
  parseWorkflowId,
  projectWorkflowId,
  repositoryWorkflowId,
} from '../../../src/contracts/ids.js';
import { isSafeName } from '../../../src/domain/safe-name.js';

const name = fc
  .oneof(
    fc.constantFrom('jdoe', '@web', 'project:pr:12', 'fedora-42-x86_64'),
    fc.string({ unit: fc.constantFrom('a', 'B', '7', '@', ':', '+', '.', '-', '_', '~', '^', '/') }),
  )
  .filter(isSafeName);

describe('parseWorkflowId', () => {
  it('reads back every id that is made', () => {
    fc.assert(
      fc.property(name, name, name, fc.nat(), (owner, dirname, chroot, actionId) => {
        const repository = { owner, dirname, chroot };
        const project = { owner, project: dirname };
        const taskId = `${actionId}-${chroot}`;
        assert.deepEqual(parseWorkflowId(repositoryWorkflowId(repository)), { kind: 'repository', repository });
        assert.deepEqual(parseWorkflowId(projectWorkflowId(project)), { kind: 'project', project });
        assert.deepEqual(parseWorkflowId(buildWorkflowId(taskId)), { kind: 'build', taskId });
        assert.deepEqual(parseWorkflowId(actionWorkflowId(actionId)), { kind: 'action', actionId });
      }),
    );
    assert.deepEqual(parseWorkflowId(BUILD_DISPATCHER_ID), { kind: 'dispatcher', of: 'builds' });
    assert.deepEqual(parseWorkflowId(ACTION_DISPATCHER_ID), { kind: 'dispatcher', of: 'actions' });
  });

  it('knows what is not ours', () => {
    const foreign = ['', 'build', 'build/', 'build/1/2', 'action/x', 'action/-1', 'dispatcher/x', 'project/a'];
    for (const id of [...foreign, 'project/a/b/c', 'repository/a/b', 'repository/a//c', 'temporal-sys-scheduler'])
      assert.equal(parseWorkflowId(id), null, id);
  });
});

describe('workflow ids', () => {
  it('are the ones that operators and the Web UI know', () => {
    assert.equal(buildWorkflowId('7-fedora-42-x86_64'), 'build/7-fedora-42-x86_64');
    assert.equal(actionWorkflowId(12), 'action/12');
    assert.equal(projectWorkflowId({ owner: '@web', project: 'stack' }), 'project/@web/stack');
    assert.equal(
      repositoryWorkflowId({ owner: '@web', dirname: 'stack:pr:1', chroot: 'fedora-42-x86_64' }),
      'repository/@web/stack:pr:1/fedora-42-x86_64',
    );
    assert.deepEqual([BUILD_DISPATCHER_ID, ACTION_DISPATCHER_ID], ['dispatcher/builds', 'dispatcher/actions']);
  });
});
