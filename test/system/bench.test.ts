import assert from 'node:assert/strict';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCommand } from '../../src/adapters/process/run-command.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** What bench/README.md promises of `builds --json`. */
const KEYS = [
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

describe('npm run bench', function () {
  this.timeout(300_000);

  it('measures a few builds, all of which succeed, and prints one object with the promised keys', async () => {
    const words = ['builds', '--count', '3', '--workers', '2', '--json', '--no-install'];
    const temporal = process.env['TEMPORAL_CLI'];
    const run = await runCommand(process.execPath, [join(ROOT, 'scripts/bench.mjs'), ...words], {
      cwd: ROOT,
      env: temporal === undefined ? {} : { TEMPORAL_CLI: temporal },
      timeoutMs: 280_000,
    });
    assert.equal(run.code, 0, run.stderr);
    const figures = JSON.parse(run.stdout) as Record<string, number>;
    assert.deepEqual(Object.keys(figures), KEYS);
    for (const [key, value] of Object.entries(figures)) assert.ok(value > 0, `${key} is ${value}`);
  });

  it('deletes a few builds, each by an action, until the metadata names none', async () => {
    const words = ['actions', '--deletes', '4', '--json', '--no-install'];
    const temporal = process.env['TEMPORAL_CLI'];
    const run = await runCommand(process.execPath, [join(ROOT, 'scripts/bench.mjs'), ...words], {
      cwd: ROOT,
      env: temporal === undefined ? {} : { TEMPORAL_CLI: temporal },
      timeoutMs: 280_000,
    });
    assert.equal(run.code, 0, run.stderr);
    const figures = JSON.parse(run.stdout) as Record<string, number>;
    const keys = [
      'seconds',
      'createrepoRuns',
      'publications',
      'cpuSecondsPerDelete',
      'historyEventsMax',
      'historyBytesMax',
    ];
    assert.deepEqual(Object.keys(figures), keys);
    assert.ok((figures['publications'] ?? 0) >= 1 && (figures['publications'] ?? 9) <= 4, run.stdout);
  });

  it('refuses a subcommand that it does not know', async () => {
    const run = await runCommand(process.execPath, [join(ROOT, 'scripts/bench.mjs'), 'nothing', '--no-install'], {
      cwd: ROOT,
      env: {},
      timeoutMs: 120_000,
    });
    assert.equal(run.code, 2, run.stderr);
    assert.equal(run.stdout, '');
  });
});
