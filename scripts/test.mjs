/**
 * `npm test [-- FILE…]`: prepares everything that the tests need, then runs mocha. The last line is
 * `N passed, N failed`. With `--long`, which `npm run test:long` sets, it runs the tests that take minutes each.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { requireNode } from './node-version.mjs';

requireNode();
const { ROOT, runScript } = await import('./bootstrap.mjs');
const { prepareRun, runNode } = await import('./prepare-run.mjs');

const TIERS = [
  'unit',
  'boundary',
  'adapters',
  'playground',
  'activities',
  'hostile',
  'drill',
  'workers',
  'workflows',
  'replay',
  'system',
];
const LONG_TIERS = ['long'];
const REPORTER = 'test/support/ci-reporter.cjs';

await runScript(async () => {
  const { words: all, temporal } = await prepareRun('tests', process.argv.slice(2));
  const words = all.filter((word) => word !== '--long');
  const tiers = words.length < all.length ? LONG_TIERS : TIERS;
  const files = words.some((word) => !word.startsWith('-')) ? [] : tiers.flatMap(testFiles);
  const reporter = existsSync(join(ROOT, REPORTER)) ? ['--reporter', REPORTER] : [];
  return runNode([join(ROOT, 'node_modules/mocha/bin/mocha.js'), ...reporter, ...files, ...words], { temporal });
});

function testFiles(tier) {
  const directory = join(ROOT, 'test', tier);
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { recursive: true })
    .filter((path) => path.endsWith('.test.ts'))
    .map((path) => join('test', tier, path))
    .sort();
}
