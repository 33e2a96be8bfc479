/**
 * `npm test [-- FILE…]`: prepares everything that the tests need, then runs mocha, all tests in two lanes beside each
 * other. The last line is `N passed, N failed`. With `--long`, which `npm run test:long` sets, it runs the tests that
 * take minutes each.
 */
import { existsSync, readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { requireNode } from './node-version.mjs';

requireNode();
const { ROOT, runScript } = await import('./bootstrap.mjs');
const { prepareRun, runNode } = await import('./prepare-run.mjs');
const { runLanes } = await import('./test-lanes.mjs');

/** Tiers that run beside each other: each lane has a Temporal server of its own, and takes about as long. */
const LANES = [
  ['unit', 'boundary', 'adapters', 'playground', 'activities', 'hostile', 'drill', 'workers', 'workflows', 'replay'],
  ['system'],
];
const LONG_LANES = [['long']];
const REPORTER = 'test/support/ci-reporter.cjs';

await runScript(async () => {
  const { words: all, temporal } = await prepareRun('tests', process.argv.slice(2));
  const words = all.filter((word) => word !== '--long');
  const reporter = existsSync(join(ROOT, REPORTER)) ? ['--reporter', REPORTER] : [];
  const mocha = [join(ROOT, 'node_modules/mocha/bin/mocha.js'), ...reporter];
  if (words.some((word) => !word.startsWith('-'))) return runNode([...mocha, ...words], { temporal });
  const lanes = words.length < all.length ? LONG_LANES : availableParallelism() > 1 ? LANES : [LANES.flat()];
  return runLanes(
    lanes.map((tiers) => [...mocha, ...tiers.flatMap(testFiles), ...words]),
    { cwd: ROOT, env: { ...process.env, TEMPORAL_CLI: temporal } },
  );
});

function testFiles(tier) {
  const directory = join(ROOT, 'test', tier);
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { recursive: true })
    .filter((path) => path.endsWith('.test.ts'))
    .map((path) => join('test', tier, path))
    .sort();
}
