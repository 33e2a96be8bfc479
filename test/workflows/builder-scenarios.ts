import assert from 'node:assert/strict';
import { ApplicationFailure } from '@temporalio/common';
import { buildStatusQuery } from '../../src/contracts/messages.js';
import { COPR_PACKAGE, COPR_PROJECT } from '../../src/contracts/search-attributes.js';
import { BUILDER, givenFacts, untilCanceled } from '../support/fake-activities.js';
import { hasTakenIn, haveFailed, untilOwnHistory, type HistoryEvent } from '../support/own-history.js';
import { assertClosedLast, lost, published, TASK, type BuildScenario } from './build-scenarios.js';

/** One character of each length in UTF-8, and of each part of its range that is counted in another way: 15 bytes. */
const LETTERS = 'aéжअ語𐌰';

function unusable(): never {
  throw ApplicationFailure.create({ message: 'ticket closed', type: 'TicketUnusable', nonRetryable: true });
}

/** Builds whose builders, tickets and cancels come in an unfortunate order. */
export const BUILDER_SCENARIOS: readonly BuildScenario[] = [
  {
    // A pool that has one machine left, at one address.
    name: 'builder-lost-again-and-again',
    taskId: TASK,
    world() {
      let asked = 0;
      return {
        acquireBuilder: () =>
          [2, 3, 6].includes(++asked)
            ? unusable()
            : Promise.resolve({ ...BUILDER, host: '10.0.0.1', port: null, ticket: asked, name: `builder_${asked}` }),
        startRemoteBuild: () => lost('gone'),
      };
    },
    expect({ outcome, fakes }) {
      assert.deepEqual(outcome, {
        result: 'failed',
        failure: { code: 'BuildersExhausted', message: 'gave up after 11 builders (10.0.0.1); the last one: gone' },
      });
      assert.equal(fakes.inputs('startRemoteBuild').length, 8, 'an unusable ticket is no attempt');
      assert.deepEqual(
        fakes.inputs('acquireBuilder').at(-1)?.failedOn,
        [1, 4, 5, 7, 8, 9, 10].map((ticket) => `builder_${ticket}`),
      );
    },
  },
  {
    name: 'canceled-while-its-last-builder-is-lost',
    taskId: TASK,
    world() {
      let tickets = 16;
      return {
        acquireBuilder: () => {
          tickets += 1;
          return Promise.resolve({ ...BUILDER, ticket: tickets, port: tickets, name: `builder_${tickets}` });
        },
        startRemoteBuild: () => (tickets < 19 ? lost('gone') : untilCanceled().catch(() => lost('gone'))),
      };
    },
    async meanwhile(build, fakes, rig) {
      await rig.until('the third start', () => fakes.inputs('startRemoteBuild').length === 3);
      await build.cancel();
    },
    expect({ outcome, fakes }) {
      assert.equal(outcome, 'canceled', 'and not failed: nobody wanted another builder');
      const released = fakes.inputs('releaseBuilder').map(({ ticket, stop }) => ({ ticket, stop }));
      assert.deepEqual(
        released.toSorted((one, other) => one.ticket - other.ticket),
        [17, 18, 19].map((ticket) => ({ ticket, stop: true })),
      );
      assert.equal(fakes.inputs('finishBuild')[0]?.outcome.result, 'canceled');
    },
  },
  {
    name: 'no-pool-for-its-tags',
    taskId: TASK,
    world() {
      let asked = 0;
      return {
        acquireBuilder: () => {
          const message = `ticket ${++asked} failed without a builder: no pool of Resalloc offers all of a, b`;
          throw ApplicationFailure.create({ message, type: 'NoSuchPool', nonRetryable: true });
        },
      };
    },
    expect({ outcome, fakes }) {
      const message = 'ticket 2 failed without a builder: no pool of Resalloc offers all of a, b';
      assert.deepEqual(outcome, { result: 'failed', failure: { code: 'NoSuchPool', message } });
      assert.equal(fakes.inputs('acquireBuilder').length, 2);
      assert.equal(fakes.inputs('releaseBuilder').length, 0, 'there is nothing to release');
    },
  },
  {
    name: 'canceled-before-it-asks-for-the-next-builder',
    taskId: TASK,
    durations: { nextBuilder: 90 },
    world: () => ({ acquireBuilder: () => unusable() }),
    async meanwhile(build, _fakes, rig) {
      await rig.until('it waits, and for no more than a minute', async () => {
        const { events } = await build.fetchHistory();
        return events?.some(({ timerStartedEventAttributes: timer }) => timer != null) === true;
      });
      const { waitingFor } = await build.query(buildStatusQuery);
      assert.deepEqual(waitingFor, { reason: 'builder', detail: 'another one after: ticket closed' });
      await build.cancel();
    },
    expect({ outcome, fakes }) {
      assert.equal(outcome, 'canceled');
      assert.equal(fakes.inputs('acquireBuilder').length, 1);
      assert.equal(fakes.inputs('releaseBuilder').length, 0, 'there is nothing to release');
    },
  },
  {
    // The build is over for its user long before a dead machine's ticket is closed; the workflow waits for that.
    name: 'builder-released-after-the-report',
    taskId: TASK,
    world(client) {
      let follows = 0;
      return {
        ...published(client),
        followBuild: () => (++follows === 1 ? lost('no heartbeat') : Promise.resolve({ logBytes: 9, timedOut: false })),
        releaseBuilder: () => untilOwnHistory(client, (events) => hasTakenIn(events, 'finishBuild')),
      };
    },
    expect({ outcome, fakes }) {
      assert.deepEqual(outcome, { result: 'succeeded', packages: 2 });
      assert.equal(fakes.inputs('releaseBuilder').length, 1);
      assertClosedLast(fakes, 'releaseBuilder');
    },
  },
  {
    // The log line about a release would go into the project's directory, which no longer exists.
    name: 'builders-released-after-their-project-was-deleted',
    taskId: TASK,
    world(client) {
      const gone = (): Promise<never> =>
        Promise.reject(ApplicationFailure.nonRetryable('jdoe/hello was deleted', 'ProjectDeleted'));
      const suspicion = { why: 'it failed just now (BuilderLost)', until: '2026-01-02T03:04:05.000Z' };
      let [tickets, follows] = [16, 0];
      return {
        acquireBuilder: () =>
          Promise.resolve({ ...BUILDER, ticket: ++tickets, ...(tickets === 17 ? { suspicion } : {}) }),
        exchangeBuilder: ({ builder }) =>
          Promise.resolve({ builder: { ...BUILDER, ticket: ++tickets }, givenBack: builder.ticket }),
        followBuild: async () => {
          if (++follows === 1) lost('no heartbeat');
          await untilOwnHistory(client, (events) => haveFailed(events, 'releaseBuilder') === 2);
          return gone();
        },
        releaseBuilder: gone,
        closeLog: gone,
      };
    },
    expect({ outcome, fakes }) {
      assert.deepEqual(outcome, {
        result: 'failed',
        failure: { code: 'ProjectDeleted', message: 'jdoe/hello was deleted' },
      });
      assert.equal(fakes.inputs('closeLog').length, 1, 'its directory is gone, which is no failure of the build');
      assert.deepEqual(new Set(fakes.inputs('releaseBuilder').map(({ ticket }) => ticket)), new Set([17, 18, 19]));
    },
  },
  {
    name: 'canceled-while-the-frontend-is-asked',
    taskId: TASK,
    world(client) {
      return {
        beginBuild: async () => {
          const isTold = (events: readonly HistoryEvent[]): boolean =>
            events.some(({ activityTaskCancelRequestedEventAttributes: told }) => told != null);
          await untilOwnHistory(client, isTold);
          throw ApplicationFailure.create({ message: 'not as agreed', type: 'TaskInvalid', nonRetryable: true });
        },
      };
    },
    async meanwhile(build, fakes, rig) {
      await rig.until('the frontend is asked', () => fakes.inputs('beginBuild').length === 1);
      await build.cancel();
    },
    expect({ outcome, fakes }) {
      assert.equal(outcome, 'canceled');
      assert.deepEqual(fakes.inputs('finishBuild')[0]?.outcome, {
        result: 'canceled',
        failure: { code: 'Canceled', message: 'canceled on request' },
      });
    },
  },
  {
    name: 'rpm-of-names-that-are-too-long-to-be-found-by',
    taskId: TASK,
    world: (client) => ({
      ...published(client),
      beginBuild: () =>
        Promise.resolve({
          start: true,
          facts: givenFacts({ project: LETTERS.repeat(20), packageName: 'x'.repeat(300) }),
          missing: { repository: false, key: false },
          startedOn: 1_700_000_000,
        }),
    }),
    async expect({ outcome, build }) {
      assert.deepEqual(outcome, { result: 'succeeded', packages: 2 });
      const { typedSearchAttributes: found } = await build.describe();
      assert.equal(found.get(COPR_PROJECT), LETTERS.repeat(17), 'as much of it as fits into 255 bytes');
      assert.equal(found.get(COPR_PACKAGE), 'x'.repeat(255));
    },
  },
];
