import assert from 'node:assert/strict';
import { ApplicationFailure } from '@temporalio/common';
import { activityInfo } from '@temporalio/activity';
import type { WorkflowHandle } from '@temporalio/client';
import {
  changeRequestedSignal,
  changesQuery,
  projectWorkRequestedSignal,
  lockReleasedSignal,
  locksQuery,
  type ProjectWork,
} from '../../src/contracts/messages.js';
import { repositoryChange, type Hold, type RepositoryCommand } from '../../src/contracts/repository/repository.js';
import type { project } from '../../src/workflows/project/project.js';
import type { repository } from '../../src/workflows/repository/repository.js';
import { fakeActivities, givenPublished, untilStopped } from '../support/fake-activities.js';
import { temporal } from '../support/temporal.js';
import { SHORT, withRig } from '../support/workflow-rig.js';

/** A directory whose key takes longer than the first run lives. */
const SLOW = 'hello:slow';
/** Seconds: a busy machine may need some between one wave and the next. */
const LINGER = 10;

/** Long lives of busy workflows, until their history is long enough to continue as new, and a little further. */
export const BUSY_SCENARIOS: readonly {
  readonly name: string;
  readonly run: () => Promise<WorkflowHandle>;
}[] = [
  { name: 'repository-of-many-builds-begins-anew', run: runHotRepository },
  { name: 'project-of-many-locks-begins-anew', run: runBusyProject },
];

/** A crowd of builds, a batch of which cannot be done, a hold and its release, words that got lost, old and new. */
async function runHotRepository(): Promise<WorkflowHandle<typeof repository>> {
  const { client } = await temporal();
  let hold: Hold | null = null;
  const fakes = fakeActivities({
    publishRepository: ({ run }) => {
      const cannot = run.add.find((build) => build.endsWith('-bad'));
      if (cannot === undefined) return Promise.resolve(givenPublished({ hold }));
      return Promise.reject(ApplicationFailure.nonRetryable(`cannot read ${cannot}`, 'PackageUnreadable'));
    },
    operateRepository: ({ operation }) => {
      const { kind } = operation;
      hold = kind === 'rollback' ? { generation: '1', since: '2026-11-28', by: 'root', reason: null } : null;
      return Promise.resolve(givenPublished({ hold }));
    },
  });
  return withRig(fakes.activities, async (rig) => {
    const handle: WorkflowHandle<typeof repository> = await client.workflow.start<typeof repository>('repository', {
      workflowId: `repository/hot/${rig.storage}/x`,
      taskQueue: rig.queue,
      args: [
        {
          repository: { owner: 'jdoe', dirname: 'hello', chroot: 'custom-1-x86_64' },
          ...{ storage: rig.storage, durations: { ...SHORT, linger: LINGER }, carried: null },
        },
      ],
    });
    const firstRun = (await handle.describe()).runId;
    const send = (requestId: string, change: RepositoryCommand): Promise<void> =>
      handle.signal(changeRequestedSignal, { requestId, workflowId: `nobody-${rig.storage}`, runId: '', change });
    const add = (requestId: string): Promise<void> =>
      send(requestId, repositoryChange('change', { add: [`00000001-${requestId}`] }));
    const nobodyWaits = (): Promise<void> =>
      rig.until('all are served', async () => (await handle.query(changesQuery)).waiting === 0);
    let builds = 0;
    const wave = async (count: number): Promise<void> => {
      await Promise.all(Array.from({ length: count }, () => add(`build-${(builds += 1)}`)));
      await nobodyWaits();
    };

    // One after the other, then more and more at once; more than one run serves.
    for (const count of [1, 1, 1, 1, 2, 5, 9, 10, 11, 20, 130]) await wave(count);
    await Promise.all([...['x', 'y-bad', 'z'].map(add), send('base', repositoryChange('ensure'))]);
    await Promise.all([
      send('devel', repositoryChange('change', { add: ['00000001-d'], devel: true })),
      send('full', repositoryChange('full')),
    ]);
    await nobodyWaits();
    await send('back', { kind: 'rollback', generation: '1', by: 'root', reason: null });
    await rig.until('it is held', async () => (await handle.query(changesQuery)).lastPublished?.hold != null);
    await wave(230);
    await add(`build-${builds}`); // its word got lost
    await send('go', { kind: 'release', by: 'root' });
    await rig.until('nobody is held', async () => (await handle.query(changesQuery)).held === 0);
    await wave(120);
    // A request answered lately gets the same answer again; one that was forgotten since is done again.
    await add(`build-${builds - 400}`);
    await add('build-3');
    await nobodyWaits();
    while ((await handle.describe()).runId === firstRun) await wave(7);
    await wave(3);
    await handle.result();
    assert.equal(fakes.inputs('publishRepository').filter(({ run }) => run.add.includes('00000001-build-3')).length, 2);
    return handle;
  });
}

/** Locks of many, some of whom are over, beside keys of many directories, one of them waited for by a crowd. */
async function runBusyProject(): Promise<WorkflowHandle<typeof project>> {
  const { client } = await temporal();
  let firstRun: string | null = null;
  // However slow the machine is: the keys of many directories are made once all of them have been asked for.
  let untilAllAreAsked = Promise.resolve();
  const fakes = fakeActivities({
    ensureKey: async ({ dirname }) => {
      await untilAllAreAsked;
      if (dirname.endsWith('-bad')) throw ApplicationFailure.nonRetryable('bad name_email', 'KeygenRefused');
      if (dirname !== SLOW || activityInfo().workflowExecution?.runId !== firstRun) return;
      await untilStopped(); // the run that continues as new gives it up, and the next one asks again
    },
  });
  return withRig(fakes.activities, async (rig) => {
    const handle: WorkflowHandle<typeof project> = await client.workflow.start<typeof project>('project', {
      workflowId: `project/busy/${rig.storage}`,
      taskQueue: rig.queue,
      args: [
        {
          ...{ project: { owner: 'jdoe', project: 'hello' }, storage: rig.storage },
          ...{ durations: { ...SHORT, linger: LINGER }, carried: null },
        },
      ],
    });
    firstRun = (await handle.describe()).runId;
    // Somebody who can be told, and whom no worker runs.
    const requester = await client.workflow.start('requester', {
      ...{ workflowId: `requester/${rig.storage}`, taskQueue: `${rig.queue}-nobody`, args: [] },
      workflowExecutionTimeout: '10m',
    });
    const [workflowId, runId] = [requester.workflowId, requester.firstExecutionRunId];
    const ask = (requestId: string, work: ProjectWork, of = workflowId): Promise<void> =>
      handle.signal(projectWorkRequestedSignal, {
        requestId,
        workflowId: of,
        runId: of === workflowId ? runId : '',
        work,
      });
    const lock = { kind: 'lock', purpose: 'fork' } as const;
    const key = (dirname: string): ProjectWork => ({ kind: 'ensureKey', dirname });
    let count = 0;
    let slow = 0;
    const round = async (locks: number, keys: readonly string[]): Promise<void> => {
      const ids = Array.from({ length: locks }, () => `lock-${(count += 1)}`);
      await Promise.all([
        ...ids.map((id) => ask(id, lock)),
        ...keys.map((dirname, index) => ask(`key-${count}-${index}`, key(dirname))),
      ]);
      for (const id of ids) {
        await rig.until('somebody has the lock', async () => (await handle.query(locksQuery)).locks.length > 0);
        await handle.signal(lockReleasedSignal, { requestId: id });
      }
      const isDone = async (): Promise<boolean> => {
        const { locks: holders, waiting, keysWaiting } = await handle.query(locksQuery);
        return holders.length === 0 && waiting.length === 0 && keysWaiting <= slow;
      };
      await rig.until('the round is over', isDone);
    };
    const dirnames = Array.from({ length: 12 }, (_, index) => `hello:pr:${index}${index === 7 ? '-bad' : ''}`);
    await round(1, ['hello']);
    let allAreAsked = (): void => undefined;
    untilAllAreAsked = new Promise((resolve) => (allAreAsked = resolve));
    const theirRound = round(5, dirnames);
    await rig.until(
      'all keys are waited for',
      async () => (await handle.query(locksQuery)).keysWaiting === dirnames.length,
    );
    allAreAsked();
    await theirRound;
    await round(
      2,
      Array.from({ length: 230 }, () => 'hello'),
    );
    await ask('gone', lock, `nobody-${rig.storage}`);
    await ask('slow', key(SLOW));
    slow = 1;
    while ((await handle.describe()).runId === firstRun) await round(8, ['hello', ...dirnames.slice(0, 2)]);
    slow = 0;
    await round(2, ['hello']);
    await handle.result();
    await requester.terminate();
    return handle;
  });
}
