import assert from 'node:assert/strict';
import { defaultPayloadConverter } from '@temporalio/common';
import type { WorkflowHandle } from '@temporalio/client';
import {
  changeRequestedSignal,
  changesQuery,
  type RequestAnswer,
  type RequestDelay,
} from '../../src/contracts/messages.js';
import { repositoryChange } from '../../src/contracts/repository/repository.js';
import type { repository } from '../../src/workflows/repository/repository.js';
import type { History } from '../replay/histories.js';
import { fakeActivities, givenPublished } from '../support/fake-activities.js';
import { temporal } from '../support/temporal.js';
import { SHORT, withRig, type Rig } from '../support/workflow-rig.js';

type Repository = WorkflowHandle<typeof repository>;

/** From here on the server warns of a history; at five times as many events it ends the workflow. */
const SERVER_WARNS = 10_240;
const HOLD = { generation: '17', since: '2026-11-22T20:00:00.000Z', by: 'root', reason: null };

describe('a repository that is held for long', function () {
  this.timeout(300_000);

  it('starts again with all that are held, however often they send again', async () => {
    await withHeld({ held: 3, eventLimit: 100 }, async ({ handle, ask, runs, rig }) => {
      for (let round = 0; round < 20; round += 1) {
        const before = words(await runs()).length;
        for (const name of ['0', '1', '2']) await ask(name);
        await rig.until('they are told', async () => words(await runs()).length > before);
      }
      assert.equal((await handle.query(changesQuery)).held, 3);
      for (const { events } of await runs()) assert.ok((events?.length ?? 0) <= 130, `${events?.length ?? 0} events`);
      await release(handle, rig);
      await rig.until('all are answered', async () => answered(await runs()).length === 3);
    });
  });

  it('tells a thousand builds that send again, and answers more than the server takes at once', async () => {
    const held = 2100;
    await withHeld({ held }, async ({ handle, ask, runs, rig }) => {
      for (let first = 0; first < 1000; first += 50)
        await Promise.all(Array.from({ length: 50 }, (_, index) => ask(String(first + index))));
      await rig.until('it has begun anew', async () => (await runs()).length > 1);
      assert.equal((await handle.query(changesQuery)).held, held);
      await release(handle, rig);
      const names = Array.from({ length: held }, (_, index) => String(index)).sort();
      await rig.until('all are answered', async () => answered(await runs()).length >= held, 120_000);
      assert.deepEqual(answered(await runs()).toSorted(), names, 'each of them once');
      for (const { events } of await runs()) assert.ok((events?.length ?? 0) < SERVER_WARNS);
    });
  });
});

/** Runs `test` with a repository that holds back so many requests already. */
async function withHeld(
  given: { readonly held: number; readonly eventLimit?: number },
  test: (world: {
    readonly rig: Rig;
    readonly handle: Repository;
    readonly ask: (requestId: string) => Promise<void>;
    /** Histories of all its runs, the first of them first. */
    readonly runs: () => Promise<readonly History[]>;
  }) => Promise<void>,
): Promise<void> {
  const { client } = await temporal();
  const fakes = fakeActivities({ operateRepository: () => Promise.resolve(givenPublished()) });
  await withRig(fakes.activities, async (rig) => {
    const nobody = { workflowId: `nobody-${rig.storage}`, runId: '' };
    const requesters = Array.from({ length: given.held }, (_, index) => ({ requestId: String(index), ...nobody }));
    const handle: Repository = await client.workflow.start<typeof repository>('repository', {
      workflowId: `repository/held/${rig.storage}/x`,
      taskQueue: rig.queue,
      args: [
        {
          repository: { owner: 'jdoe', dirname: 'hello', chroot: 'custom-1-x86_64' },
          ...{ storage: rig.storage, durations: { ...SHORT, linger: 3600 } },
          ...(given.eventLimit === undefined ? {} : { eventLimit: given.eventLimit }),
          carried: {
            mail: { waiting: [], held: requesters, words: [], answered: [], alone: [] },
            ...{ runs: 1, crowd: { runs: 0, lastStart: 0 }, collectAt: null, lastFailure: null },
            lastPublished: { ...givenPublished({ hold: HOLD }), at: HOLD.since },
          },
        },
      ],
    });
    await test({
      rig,
      handle,
      ask: (requestId) =>
        handle.signal(changeRequestedSignal, { requestId, ...nobody, change: repositoryChange('change', {}) }),
      runs: () => historiesOf(handle),
    });
    await handle.terminate();
  });
}

async function release(handle: Repository, rig: Rig): Promise<void> {
  const change = { kind: 'release', by: 'root' } as const;
  await handle.signal(changeRequestedSignal, {
    requestId: 'go',
    workflowId: `nobody-${rig.storage}`,
    runId: '',
    change,
  });
}

async function historiesOf(handle: Repository): Promise<readonly History[]> {
  const { client } = await temporal();
  const histories = [await handle.fetchHistory()];
  for (;;) {
    const before = histories[0]?.events?.[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId ?? '';
    if (before === '') return histories;
    histories.unshift(await client.workflow.getHandle(handle.workflowId, before).fetchHistory());
  }
}

function words(histories: readonly History[]): readonly (RequestAnswer | RequestDelay)[] {
  return histories.flatMap(({ events }) =>
    (events ?? []).flatMap(({ signalExternalWorkflowExecutionInitiatedEventAttributes: sent }) => {
      const payload = sent?.input?.payloads?.[0];
      return payload == null ? [] : [defaultPayloadConverter.fromPayload<RequestAnswer | RequestDelay>(payload)];
    }),
  );
}

/** Requests that were said to be done, but for the release itself. */
function answered(histories: readonly History[]): readonly string[] {
  return words(histories).flatMap((word) => ('failure' in word && word.requestId !== 'go' ? [word.requestId] : []));
}
