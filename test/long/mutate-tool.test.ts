import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { Worker } from '@temporalio/worker';
import { mutateWorkflows } from '../../mutate/mutate-workflows.js';
import type { NamedHistory } from '../../mutate/replay/replay-messages.js';
import { exitStatus, type Report } from '../../mutate/report.js';
import type { Tune } from '../fixtures/mutate/tune.js';
import { runMutate } from '../support/run-mutate.js';
import { temporal } from '../support/temporal.js';

const FIXTURE = fileURLToPath(new URL('../fixtures/mutate/', import.meta.url));

/** Edits of the fixture that change no command of any tune. */
const EQUIVALENT = [
  'bell.ts#isLoud halve: 4 in new Horn().volume() > 4',
  'bell.ts#Horn.volume double: 8 in return 8;',
  "ring.ts#ring negate: tune === 'march'",
];
/** The edit that only a lullaby comes upon. */
const OF_LULLABIES = 'ring.ts#ring remove: await sleep(BREATH_MS) (3)';

describe('mutate', function () {
  this.timeout(300_000);
  let march: NamedHistory;
  let lullaby: NamedHistory;
  /** All edits, with the history of a march. */
  let ofMarch: Report;
  before(async () => {
    [march, lullaby] = await recorded(['march', 'lullaby']);
    ofMarch = await mutated({ histories: [march] });
  });

  it('tells edits that a history fails on from those that none does', () => {
    assert.deepEqual(keysOf(ofMarch), [...EQUIVALENT, OF_LULLABIES].sort());
    assert.equal(ofMarch.edits, ofMarch.caught + ofMarch.notCaught.length);
    assert.deepEqual([ofMarch.invalid, ofMarch.broken, ofMarch.outdated], [0, [], []]);
    assert.equal(exitStatus(ofMarch), 1);
  });

  it('catches what changes only the contents of a command, and says so', () => {
    // The length of a timer: BREATH_MS doubled and halved. The SDK's replay does not compare it.
    assert.equal(ofMarch.caughtByContents, 2);
  });

  it('ends an edit that loops for ever, and goes on', () => {
    // STROKES halved is 1.5, which counting from 0 never meets.
    assert.equal(ofMarch.caughtByTimeOut, 1);
    assert.equal(ofMarch.caughtByCrash, 0);
  });

  it('says that no history comes to an edit, and catches it once one does', async () => {
    assert.equal(ofMarch.notCaught.find(({ key }) => key === OF_LULLABIES)?.histories, 0);
    const both = await mutated({ histories: [march, lullaby], only: OF_LULLABIES });
    assert.deepEqual([both.edits, both.caught, exitStatus(both)], [1, 1, 0]);
  });

  it('is content with edits that are listed as equivalent, and no longer once one is caught or gone', async () => {
    const caught = "bell.ts#isLoud negate: tune === 'march'";
    const clean = await mutated({ histories: [march], only: 'isLoud', equivalents: EQUIVALENT });
    assert.deepEqual([clean.equivalent, clean.notCaught, clean.stale, exitStatus(clean)], [1, [], [], 0]);
    const listed = [...EQUIVALENT, caught, 'gone'];
    const stale = await mutated({ histories: [march], only: 'isLoud', equivalents: listed });
    assert.deepEqual(stale.stale, [
      { key: 'gone', why: 'no such edit' },
      { key: caught, why: 'caught' },
    ]);
    assert.equal(exitStatus(stale), 1);
  });

  it('does not take a history that fails unedited, or commands something else, for one that caught something', async () => {
    const histories = [march, { name: 'broken', history: waltzOfThisMarch() }, { name: 'slow', history: slowMarch() }];
    const report = await mutated({ histories, only: 'Horn.volume double' });
    assert.deepEqual([report.caught, keysOf(report)], [0, ['bell.ts#Horn.volume double: 8 in return 8;']]);
    assert.deepEqual([named(report.broken), named(report.outdated)], [['broken'], ['slow']]);
    assert.equal(exitStatus(report), 1);
  });

  it('tries a sample', async () => {
    const report = await mutated({ histories: [], sample: { count: 5, seed: 'a' } });
    assert.deepEqual([report.edits, report.seed, report.generated], [5, 'a', ofMarch.generated]);
  });

  /** A march's history whose input says that it was a waltz, which has a timer less. */
  function waltzOfThisMarch(): unknown {
    const inHistory = (tune: string): string => Buffer.from(JSON.stringify(tune)).toString('base64');
    return JSON.parse(JSON.stringify(march.history).replace(inHistory('march'), inHistory('waltz')));
  }

  /** A march's history with longer timers. */
  function slowMarch(): unknown {
    return JSON.parse(JSON.stringify(march.history).replaceAll('"0.004s"', '"4s"'));
  }
});

function keysOf(report: Report): readonly string[] {
  return report.notCaught.map(({ key }) => key).sort();
}

function named(list: Report['broken']): readonly string[] {
  return list.map(({ history }) => history);
}

describe('npm run mutate', function () {
  this.timeout(300_000);

  it('refuses words it does not know, with exit status 2', async () => {
    for (const words of [[], ['workflows', '--sample', 'many'], ['workflows', '--x']]) {
      const { exitCode, stdout, stderr } = await runMutate(words);
      assert.deepEqual([exitCode, stdout], [2, ''], words.join(' '));
      assert.match(stderr, /npm run mutate -- workflows/);
    }
  });

  it('explains itself', async () => {
    const { exitCode, stdout } = await runMutate(['--help']);
    assert.equal(exitCode, 0);
    assert.match(stdout, /--sample N/);
  });
});

function mutated(what: {
  readonly histories: readonly NamedHistory[];
  readonly equivalents?: readonly string[];
  readonly only?: string;
  readonly sample?: { readonly count: number; readonly seed: string };
}): Promise<Report> {
  return mutateWorkflows({
    root: FIXTURE,
    entry: `${FIXTURE}index.ts`,
    histories: what.histories,
    equivalents: new Map((what.equivalents ?? []).map((key) => [key, 'a reason'])),
    only: what.only ?? null,
    sample: what.sample ?? null,
    jobs: 1,
    patienceMs: 60_000,
    say: () => undefined,
    signal: new AbortController().signal,
  });
}

/** A history of the fixture's workflow for each tune, of a real server. */
async function recorded(tunes: readonly [Tune, Tune]): Promise<[NamedHistory, NamedHistory]> {
  const { client, nativeConnection } = await temporal();
  const taskQueue = `mutate-${randomUUID()}`;
  const worker = await Worker.create({
    connection: nativeConnection,
    taskQueue,
    workflowsPath: `${FIXTURE}index.ts`,
  });
  const record = async (tune: Tune): Promise<NamedHistory> => {
    const handle = await client.workflow.start('ring', { taskQueue, workflowId: `ring-${randomUUID()}`, args: [tune] });
    await handle.result();
    return { name: tune, history: JSON.parse(historyToJSON(await handle.fetchHistory())) as unknown };
  };
  return worker.runUntil(async () => [await record(tunes[0]), await record(tunes[1])]);
}
