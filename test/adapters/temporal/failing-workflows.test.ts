import assert from 'node:assert/strict';
import type { Client } from '@temporalio/client';
import { createFailingWorkflows } from '../../../src/adapters/temporal/failing-workflows.js';

const DISPATCHERS = ['dispatcher/builds', 'dispatcher/actions'];
const TOO_OLD = Object.assign(new Error('invalid query: unknown search attribute'), {
  code: 3,
  details: '',
  metadata: {},
});

type World = {
  /** Ids of all that runs, as the server lists them. */
  readonly running: readonly string[];
  /** Attempt of the pending workflow task, by id. */
  readonly attempts?: ReadonlyMap<string, number>;
  readonly marked?: readonly string[] | Error;
  readonly describe?: () => Promise<void>;
};

/** A server with these workflows, and what it was asked: queries of lists, ids of descriptions. */
function givenServer(world: World): {
  readonly client: Client;
  readonly queries: string[];
  readonly described: string[];
} {
  const [queries, described]: [string[], string[]] = [[], []];
  const workflowService = {
    listWorkflowExecutions: async ({ query, pageSize, nextPageToken }: Listing) => {
      queries.push(query);
      const isMarked = query.includes('TemporalReportedProblems');
      if (isMarked && world.marked instanceof Error) throw world.marked;
      const all = isMarked ? ((world.marked ?? []) as readonly string[]) : world.running;
      const first = nextPageToken.length === 0 ? 0 : Number(Buffer.from(nextPageToken).toString());
      const executions = all
        .slice(first, first + pageSize)
        .map((workflowId) => ({ execution: { workflowId, runId: 'run' }, type: { name: 'repository' } }));
      const end = first + executions.length;
      return Promise.resolve({ executions, nextPageToken: Buffer.from(end < all.length ? String(end) : '') });
    },
    describeWorkflowExecution: async ({ execution: { workflowId } }: { execution: { workflowId: string } }) => {
      described.push(workflowId);
      await world.describe?.();
      return {
        pendingWorkflowTask: { attempt: world.attempts?.get(workflowId) ?? 1 },
        workflowExecutionInfo: { execution: { runId: 'run' } },
      };
    },
  };
  const withDeadline = <T>(_: number, work: () => Promise<T>): Promise<T> => work();
  const client = { options: { namespace: 'copr' }, workflowService, withDeadline } as unknown as Client;
  return { client, queries, described };
}

type Listing = { readonly query: string; readonly pageSize: number; readonly nextPageToken: Uint8Array };

function repositories(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `repository/jdoe/hello/${index}`);
}

describe('createFailingWorkflows', () => {
  const bounds = { described: 10, attempts: 6 };

  it('names what the server marks, of whatever type', async () => {
    const { client } = givenServer({ running: [], marked: ['build/7'] });
    const { found, more, missed } = await createFailingWorkflows({ client }).look();
    assert.deepEqual([found.map(({ workflowId }) => workflowId), more, missed], [['build/7'], false, null]);
  });

  it('describes a bounded number with each look, and comes to all of them in turn', async () => {
    const running = repositories(25);
    const last = running.at(-1) ?? '';
    const { client, described } = givenServer({ running, attempts: new Map([[last, 6]]) });
    const workflows = createFailingWorkflows({ client, bounds });
    const looks: number[] = [];
    for (let look = 0; look < 3; look += 1) {
      const before = described.length;
      looks.push((await workflows.look()).found.length);
      assert.ok(described.length - before <= bounds.described + DISPATCHERS.length);
    }
    assert.deepEqual(looks, [0, 0, 1]);
    assert.deepEqual([...new Set(described)].toSorted(), [...DISPATCHERS, ...running].toSorted());
  });

  it('looks at what failed with every look, until it goes well', async () => {
    const running = repositories(25);
    const attempts = new Map([[running[0] ?? '', 9]]);
    const { client } = givenServer({ running, attempts });
    const workflows = createFailingWorkflows({ client, bounds });
    for (let look = 0; look < 3; look += 1) assert.equal((await workflows.look()).found.length, 1);
    attempts.clear();
    assert.equal((await workflows.look()).found.length, 0);
  });

  it('stays within its bounds when everything fails', async () => {
    const running = repositories(2000);
    const attempts = new Map(running.map((id) => [id, 6]));
    const { client, described } = givenServer({ running, attempts, marked: running });
    const workflows = createFailingWorkflows({ client, bounds });
    for (let look = 0; look < 100; look += 1) {
      const before = described.length;
      const { found, more } = await workflows.look();
      assert.deepEqual([found.length, more], [500, true]);
      assert.ok(described.length - before <= 2 * bounds.described + DISPATCHERS.length);
    }
  });

  it('describes all kinds where the server is too old for the mark', async () => {
    const { client, queries, described } = givenServer({
      running: ['build/7'],
      attempts: new Map([['build/7', 6]]),
      marked: TOO_OLD,
    });
    const { found } = await createFailingWorkflows({ client }).look();
    assert.deepEqual([found.map(({ workflowId }) => workflowId), described.includes('build/7')], [['build/7'], true]);
    assert.equal(queries.at(-1), 'CloseTime IS NULL');
  });

  it('says what it could not look at, and names what it found all the same', async () => {
    const down = new Error('14 UNAVAILABLE');
    const { client } = givenServer({ running: [], marked: ['build/7'], describe: () => Promise.reject(down) });
    const { found, missed } = await createFailingWorkflows({ client }).look();
    assert.equal(found.length, 1);
    assert.match(missed ?? '', /could not be described: 14 UNAVAILABLE/);
  });

  it('ends between two calls when it is told to', async () => {
    const ending = new AbortController();
    const { client, described } = givenServer({
      running: repositories(200),
      describe: () => {
        ending.abort();
        return Promise.resolve();
      },
    });
    await createFailingWorkflows({ client }).look(ending.signal);
    assert.ok(described.length < 20, String(described.length));
  });
});
