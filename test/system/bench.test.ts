import assert from 'node:assert/strict';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCommand, type CommandResult } from '../../src/adapters/process/run-command.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** What bench/README.md promises of each with `--json`. */
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
const SCALE = ['workerRssMiB', 'cpuCores', 'secondsToAllRunning', 'heartbeatTimeouts', 'logsIncomplete'];
const FORK = ['seconds', 'signingSeconds', 'ratio', 'packages', 'historyEvents', 'historyBytes'];

describe('npm run bench', function () {
  this.timeout(300_000);

  it('measures a few builds, all of which succeed, and prints one object with the promised keys', async () => {
    const figures = await measure(BUILDS, 'builds', '--count', '3', '--workers', '2');
    for (const [key, value] of Object.entries(figures)) assert.ok(value > 0, `${key} is ${value}`);
  });

  it('deletes a few builds, each by an action, until the metadata names none', async () => {
    const { publications = 0 } = await measure(ACTIONS, 'actions', '--deletes', '4');
    assert.ok(publications >= 1 && publications <= 4, `${publications} publications`);
  });

  it('forks a project of a few builds with all its packages', async () => {
    const { packages } = await measure(FORK, 'fork', '--builds', '3');
    assert.equal(packages, 3 * 4, 'a noarch one and the source, in the chroot and among the sources');
  });

  it('lets builds run at once, and loses no line of their logs', async () => {
    const { logsIncomplete } = await measure(SCALE, 'scale', '--running', '4', '--steady-seconds', '1');
    assert.equal(logsIncomplete, 0);
  });

  it('refuses a subcommand that it does not know', async () => {
    const run = await bench('nothing');
    assert.equal(run.code, 2, run.stderr);
    assert.equal(run.stdout, '');
  });
});

async function measure(keys: readonly string[], ...words: readonly string[]): Promise<Record<string, number>> {
  const run = await bench(...words, '--json');
  assert.equal(run.code, 0, run.stderr);
  const figures = JSON.parse(run.stdout) as Record<string, number>;
  assert.deepEqual(Object.keys(figures), keys);
  return figures;
}

function bench(...words: readonly string[]): Promise<CommandResult> {
  const temporal = process.env['TEMPORAL_CLI'];
  return runCommand(process.execPath, [join(ROOT, 'scripts/bench.mjs'), ...words, '--no-install'], {
    cwd: ROOT,
    env: temporal === undefined ? {} : { TEMPORAL_CLI: temporal },
    timeoutMs: 280_000,
  });
}
