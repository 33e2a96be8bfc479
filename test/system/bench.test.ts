import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CommandResult } from '../../src/adapters/process/run-command.js';
import { givenDirectory } from '../support/given-directory.js';
import { makeOtherCheckout } from '../support/other-checkout.js';
import { runNpmScript } from '../support/run-npm-script.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Numbers, and objects with a key for each of something. */
type Figures = { readonly [key: string]: number | string | Figures };

/** The fields that bench/README.md promises of each with `--json`. */
const BUILDS = [
  'buildsPerMinute',
  'overheadSecondsMedian',
  'overheadSecondsP95',
  'cpuSecondsPerBuild',
  'createrepoRuns',
  'historyEventsMax',
  'historyBytesMax',
  'activitiesMax',
  'workerRssMiB',
  'temporalRssMiB',
];
const ACTIONS = [
  'seconds',
  'createrepoRuns',
  'publications',
  'cpuSecondsPerDelete',
  'historyEventsMax',
  'historyBytesMax',
];
const FORK = ['seconds', 'signingSeconds', 'ratio', 'packages', 'historyEvents', 'historyBytes'];
const SCALE = ['workerRssMiB', 'cpuCores', 'secondsToAllRunning', 'heartbeatTimeouts', 'logsIncomplete'];
const QUEUE = ['admitSeconds', 'pollerRssMiB', 'limitViolations', 'starved'];
const SLOW_ANSWERS = ['startsRatio', 'limitViolations', 'startsPerSecond', 'runningLeast'];
const STAGES = ['secondsMedian', 'secondsMax'];
const REPO = [
  'packages',
  'oursSeconds',
  'createrepoSeconds',
  'ratio',
  'cpuSeconds',
  'cpuRatio',
  'sizeRatio',
  'rssMiB',
  'cases',
];
const PULP = [
  'packages',
  'naiveSeconds',
  'oursSeconds',
  'ratio',
  'togetherSecondsPerBuild',
  'togetherRatio',
  'versionsForTwenty',
  'callsPerBuild',
  'pollsPerBuild',
  'togetherCallsPerBuild',
];
const ANALYZE = [
  ...['files', 'directories', 'duSeconds', 'seconds', 'commandSeconds'],
  ...['ratio', 'cpuRatio', 'commandRatio', 'commandCpuRatio', 'rssMiB'],
];
const AGAINST = ['rateRatio', 'cpuRatio', 'rssRatio', 'this', 'against'];

/** Each in its shortest form: what it does to the product and which figures there are, never how large they are. */
describe('npm run bench', function () {
  this.timeout(600_000);

  it('builds: all succeed, with their packages in the metadata and whole logs', async () => {
    const figures = await measure(BUILDS, 'builds', '--count', '3', '--workers', '2');
    for (const [key, value] of Object.entries(figures)) assert.ok(Number(value) > 0, `${key} is not above 0`);
  });

  it('actions: builds are deleted, each by an action, until the metadata names none', async () => {
    const figures = await measure(ACTIONS, 'actions', '--deletes', '4');
    const publications = Number(figures['publications']);
    assert.ok(publications >= 1 && publications <= 4, `${publications} publications`);
  });

  it('fork: a project of a few builds with all its packages', async () => {
    const figures = await measure(FORK, 'fork', '--builds', '3');
    assert.equal(figures['packages'], 3 * 4, 'a noarch one and the source, in the chroot and among the sources');
  });

  it('scale: builds run at once, and no line of their logs is lost', async () => {
    const figures = await measure(SCALE, 'scale', '--running', '4', '--steady-seconds', '1');
    assert.equal(figures['logsIncomplete'], 0);
  });

  it('queue: tasks of some owners start, and limits hold', async () => {
    const load = ['--waiting', '12', '--owners', '4', '--workers', '2', '--seconds', '2'];
    const figures = await measure(QUEUE, 'queue', ...load);
    assert.deepEqual([figures['limitViolations'], figures['starved']], [0, 0]);
  });

  it('queue with slow answers: starts go on with both, and limits hold', async () => {
    const load = ['--waiting', '60', '--owners', '2', '--workers', '4', '--seconds', '8'];
    const run = await bench('queue', '--answer-seconds', '1', ...load, '--json');
    // Whether the machine was too busy for the ratio to say something is not what is tested.
    const faults = run.stderr.split('\n').filter((line) => line.startsWith('not valid: '));
    assert.deepEqual(
      faults.filter((line) => !line.includes('the machine is too busy')),
      [],
      run.stderr,
    );
    const figures = figuresOf(run, SLOW_ANSWERS);
    assert.equal(figures['limitViolations'], 0);
    for (const [answers, rate] of Object.entries(figures['startsPerSecond'] ?? {})) assert.ok(rate > 0, answers);
  });

  it('cancel: every stage before the packages are installed ends canceled, and no builder is kept', async () => {
    const { secondsMax = {} } = await measure(STAGES, 'cancel', '--samples', '1');
    const stages = ['preparing', 'waitingForRepository', 'waitingForBuilder', 'starting', 'building'];
    assert.deepEqual(Object.keys(secondsMax), [...stages, 'downloading', 'signing']);
  });

  it('recover: a build whose worker was killed goes on and ends as it would have', async () => {
    const stages = ['building', 'publishing', 'reporting'];
    const { secondsMax = {} } = await measure(STAGES, 'recover', '--samples', '1', '--stages', stages.join(','));
    assert.deepEqual(Object.keys(secondsMax), stages);
  });

  it('repo: a build is added, replaced and removed, with both createrepo_c and both kinds of metadata', async () => {
    const figures = await measure(REPO, 'repo', '--packages', '30', '--repeat', '1');
    assert.equal(Object.keys(figures['cases'] ?? {}).length, 2 * 2 * 3);
  });

  it('pulp: builds that end together are few versions of a repository', async () => {
    const figures = await measure(PULP, 'pulp', '--packages', '30', '--repeat', '1', '--together', '4');
    assert.ok(Number(figures['versionsForTwenty']) < 4, JSON.stringify(figures));
  });

  it('analyze: a round measures every directory, and is compared with du', async () => {
    const figures = await measure(ANALYZE, 'analyze', '--files', '300', '--repeat', '1');
    assert.deepEqual([figures['files'], figures['directories']], [300, 30 + 3 + 1 + 1]);
  });

  it('refuses a subcommand that it does not know, and options that contradict each other', async () => {
    await isRefused('nothing');
    await isRefused('queue', '--answer-seconds', '1', '--owners', '9', '--workers', '9');
    await isRefused('builds', '--pairs', '1');
  });

  describe('--against another checkout', () => {
    let directory: Awaited<ReturnType<typeof givenDirectory>>;
    beforeEach(async () => (directory = await givenDirectory()));
    afterEach(() => directory.remove());

    it("measures that one's product too and compares the two", async () => {
      const other = await makeOtherCheckout(ROOT, directory.path);
      const load = ['--count', '1', '--workers', '1', '--pairs', '1'];
      const compared = await measure(AGAINST, 'builds', ...load, '--against', other.path);
      for (const side of ['this', 'against']) assert.deepEqual(Object.keys(compared[side] ?? {}), BUILDS);
      assert.equal(await other.runs(), 1, "its worker was started, for one of the two runs, and nobody else's");
    });

    it('refuses a directory whose product cannot be started, and says what to do', async () => {
      assert.match(await isRefused('builds', '--against', directory.path), /not a checkout of copr-backend/);
      const { path } = await makeOtherCheckout(ROOT, directory.path);
      await rm(join(path, 'dist'));
      assert.match(await isRefused('builds', '--against', path), /npm run build/);
      await rm(join(path, 'node_modules'));
      assert.match(await isRefused('builds', '--against', path), /npm ci/);
    });
  });
});

/** Runs a bench that must be valid; answers what it printed, which has these keys and finite numbers. */
async function measure(keys: readonly string[], ...words: readonly string[]): Promise<Figures> {
  const run = await bench(...words, '--json');
  assert.equal(run.code, 0, run.stderr);
  return figuresOf(run, keys);
}

function figuresOf(run: CommandResult, keys: readonly string[]): Figures {
  const figures = JSON.parse(run.stdout) as Figures;
  assert.deepEqual(Object.keys(figures), keys);
  assertFinite(figures, '');
  return figures;
}

/** JSON has null in the place of what is not a finite number. */
function assertFinite(figures: Figures, path: string): void {
  for (const [key, value] of Object.entries(figures)) {
    assert.notEqual(value, null, `${path}${key} is not a finite number`);
    if (typeof value === 'object') assertFinite(value, `${path}${key}.`);
  }
}

/** Answers what it said. */
async function isRefused(...words: readonly string[]): Promise<string> {
  const run = await bench(...words);
  assert.equal(run.code, 2, run.stderr);
  assert.equal(run.stdout, '');
  return run.stderr;
}

function bench(...words: readonly string[]): Promise<CommandResult> {
  return runNpmScript('bench', words, { timeoutMs: 580_000 });
}
