import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  ACTION_DISPATCHER_ID,
  actionWorkflowId,
  BUILD_DISPATCHER_ID,
  buildStart,
  buildWorkflowId,
  parseWorkflowId,
  projectStart,
  projectWorkflowId,
  pruneScheduleId,
  pruneWorkflowId,
  repositoryRequestWorkflowId,
  repositoryStart,
  repositoryWorkflowId,
  resignStart,
  resignWorkflowId,
  trashScheduleId,
  workflowKind,
  workflowName,
} from '../../../../src/contracts/names/ids.js';
import { isSafeName } from '../../../../src/domain/names/safe-name.js';

const name = fc
  .oneof(
    fc.constantFrom('jdoe', '@web', 'project:pr:12', 'fedora-42-x86_64'),
    fc.string({ unit: fc.constantFrom('a', 'B', '7', '@', ':', '+', '.', '-', '_', '~', '^', '/') }),
  )
  .filter(isSafeName);

/** Names up to the longest that may become a path. */
const longName = fc
  .tuple(name, fc.nat({ max: 255 }))
  .map(([begin, length]) => begin.padEnd(length, 'x').slice(0, 255))
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

  it('fit into what every store of Temporal takes, whatever they name', () => {
    fc.assert(
      fc.property(longName, longName, longName, fc.nat(), (owner, dirname, chroot, number) => {
        const ids = [
          buildWorkflowId(`${number}-${chroot}`),
          actionWorkflowId(number),
          repositoryWorkflowId({ owner, dirname, chroot }),
          repositoryRequestWorkflowId('5f0e6a4e-8d0f-4f3c-9a55-1f3b9f1c2d3e'),
          projectWorkflowId({ owner, project: dirname }),
          resignWorkflowId({ owner, dirname }),
          resignWorkflowId({ owner, dirname }, number),
          pruneWorkflowId(chroot),
          `${pruneScheduleId(chroot)}-2026-11-29T04:00:00Z`,
          `${trashScheduleId(chroot)}-2026-11-29T14:00:00Z`,
        ];
        for (const id of ids) {
          assert.ok(Buffer.byteLength(id) <= 255, id);
          assert.notEqual(workflowKind(id), null);
          assert.equal(id.split('/')[0], workflowKind(id));
        }
      }),
    );
  });

  it('stand for their names: the full one is in the memo where the id does not say it', () => {
    fc.assert(
      fc.property(longName, longName, longName, fc.nat(), (owner, dirname, chroot, number) => {
        const repository = { owner, dirname, chroot };
        const taskId = `${number}-${chroot}`;
        const read = (start: Parameters<typeof workflowName>[0]): unknown => parseWorkflowId(workflowName(start));
        assert.deepEqual(read(repositoryStart(repository)), { kind: 'repository', repository });
        assert.deepEqual(read(projectStart({ owner, project: dirname })), {
          kind: 'project',
          project: { owner, project: dirname },
        });
        assert.deepEqual(read(buildStart(taskId)), { kind: 'build', taskId });
        assert.deepEqual(read(resignStart({ owner, dirname }, number)), { kind: 'resign', target: { owner, dirname } });
        for (const start of [repositoryStart(repository), buildStart(taskId)])
          assert.equal(start.memo === undefined, workflowName(start) === start.workflowId);
      }),
    );
  });

  it('say the kind and the beginning of a long name, and are parsed as nothing else', () => {
    const long = { owner: 'jdoe', dirname: 'x'.repeat(255), chroot: 'fedora-42-x86_64' };
    const id = repositoryWorkflowId(long);
    assert.match(id, /^repository\/jdoe\/x{198}=[0-9a-f]{40}$/);
    assert.equal(parseWorkflowId(id), null);
    assert.equal(workflowKind(id), 'repository');
    // Cut within the chroot, it has as many parts as a whole one.
    const chroot = repositoryWorkflowId({ owner: 'jdoe', dirname: 'hello', chroot: 'y'.repeat(255) });
    assert.equal(chroot.split('/').length, 4);
    assert.equal(parseWorkflowId(chroot), null);
  });
});
