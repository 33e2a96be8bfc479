import type { Context } from '@temporalio/activity';
import assert from 'node:assert/strict';
import {
  buildWorkflowId,
  projectWorkflowId,
  repositoryWorkflowId,
  resignWorkflowId,
} from '../../../src/contracts/names/ids.js';
import { createLogger } from '../../../src/logging/logger.js';
import { activityLogFields } from '../../../src/workers/activity-log-fields.js';

type Line = Readonly<Record<string, unknown>>;

/** Two lines that an activity of this workflow logs, before and after it waited. */
async function linesOf(workflowId: string | null, activityType: string, input?: unknown): Promise<readonly Line[]> {
  const lines: Line[] = [];
  const log = createLogger({
    ...{ level: 'info', name: 'test' },
    destination: { write: (line) => void lines.push(JSON.parse(line) as Line) },
  });
  const { inbound } = activityLogFields(contextOf(workflowId, activityType));
  const work = async (): Promise<string> => {
    log.info('one');
    await new Promise((resolve) => setTimeout(resolve, 1));
    log.child({ host: 'builder' }).warn({ attempt: 'its own' }, 'two');
    return 'result';
  };
  assert.equal(await inbound?.execute?.({ args: [input], headers: {} }, work), 'result');
  log.info('outside');
  return lines;
}

function contextOf(workflowId: string | null, activityType: string): Pick<Context, 'info'> {
  const workflowExecution = workflowId === null ? undefined : { workflowId, runId: 'run' };
  return { info: { workflowExecution, activityType, attempt: 3 } as Context['info'] };
}

describe('activityLogFields', () => {
  it('puts workflow, task, stage, activity and attempt into every line of an activity, and of no other work', async () => {
    const [one, two, outside] = await linesOf('build/42-fedora-42-x86_64', 'followBuild');
    const work = { workflowId: 'build/42-fedora-42-x86_64', taskId: '42-fedora-42-x86_64', stage: 'building' };
    const { level, time, pid, hostname, name, ...fields } = one ?? {};
    assert.deepEqual(fields, { ...work, activityType: 'followBuild', attempt: 3, msg: 'one' });
    assert.ok([level, time, pid, hostname, name].every((value) => value !== undefined));
    assert.deepEqual([two?.['taskId'], two?.['host'], two?.['attempt']], ['42-fedora-42-x86_64', 'builder', 'its own']);
    assert.equal(outside?.['workflowId'], undefined);
  });

  it('says the stage of a build, and of no other work that asks for the same', async () => {
    const stages = ['build/42-fedora-42-x86_64', 'action/7'].map(
      async (id) => (await linesOf(id, 'requestKey'))[0]?.['stage'],
    );
    assert.deepEqual(await Promise.all(stages), ['signing', undefined]);
  });

  it('names what other workflows work on', async () => {
    const fields = async (id: string | null): Promise<unknown> => {
      const [line] = await linesOf(id, 'pollTasks');
      return [line?.['actionId'], line?.['repository'], line?.['project'], line?.['stage']];
    };
    assert.deepEqual(await fields('action/7'), [7, undefined, undefined, undefined]);
    assert.deepEqual(await fields('repository/@g/p:pr:1/f-x86_64'), [
      undefined,
      '@g/p:pr:1/f-x86_64',
      undefined,
      undefined,
    ]);
    assert.deepEqual(await fields('project/jdoe/p'), [undefined, undefined, 'jdoe/p', undefined]);
    assert.deepEqual(await fields('dispatcher/builds'), [undefined, undefined, undefined, undefined]);
    assert.deepEqual(await fields(null), [undefined, undefined, undefined, undefined]);
  });

  it('names the work behind a shortened id by what the activity is to do', async () => {
    const long = 'x'.repeat(255);
    const repository = { owner: 'jdoe', dirname: long, chroot: 'f-x86_64' };
    const project = { owner: '@web', project: long };
    const fields = async (id: string, input: unknown): Promise<Line> => {
      const [line = {}] = await linesOf(id, 'publishRepository', input);
      assert.equal(line['workflowId'], id);
      return line;
    };
    const published = await fields(repositoryWorkflowId(repository), { repository });
    assert.equal(published['repository'], `jdoe/${long}/f-x86_64`);
    assert.equal((await fields(projectWorkflowId(project), { project, dirname: 'd' }))['project'], `@web/${long}`);
    assert.equal((await fields(buildWorkflowId(`5-${long}`), { taskId: `5-${long}` }))['taskId'], `5-${long}`);
    assert.equal((await fields(buildWorkflowId(`5-${long}`), { facts: { taskId: '5-x' } }))['taskId'], '5-x');
    assert.equal(
      (await fields(resignWorkflowId({ owner: 'o', dirname: long }), { target: { owner: 'o', dirname: long } }))[
        'resign'
      ],
      `o/${long}`,
    );
    assert.equal((await fields(repositoryWorkflowId(repository), undefined))['repository'], undefined);
  });

  it('keeps activities that run side by side apart', async () => {
    const all = await Promise.all(['build/1', 'build/2', 'build/3'].map((id) => linesOf(id, 'beginBuild')));
    assert.deepEqual(
      all.map((lines) => lines.map((line) => line['taskId'])),
      [1, 2, 3].map((id) => [String(id), String(id), undefined]),
    );
  });

  it('adds the task to what the SDK logs of the activity', () => {
    const { outbound } = activityLogFields(contextOf('build/1', 'signResults'));
    const attributes = outbound?.getLogAttributes?.({ activityId: '5' }, (given) => given);
    assert.deepEqual(attributes, { activityId: '5', workflowId: 'build/1', taskId: '1', stage: 'signing' });
  });
});
