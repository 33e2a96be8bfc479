/** `npm test [-- FILE…]`: everything the tests need, then mocha. Its last line is `N passed, N failed`. */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { requireNode } from './node-version.mjs';

requireNode();
const { bootstrap, ROOT, runScript, say } = await import('./bootstrap.mjs');
const { provision } = await import('./provision.mjs');
const { PIP, programsFor } = await import('./system-programs.mjs');

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
const REPORTER = 'test/support/ci-reporter.cjs';

await runScript(async () => {
  const args = process.argv.slice(2);
  const mayInstall = !args.includes('--no-install');
  await bootstrap();
  const { findTemporal, findTemporalHere } = await import('../dist/temporal/binary.js');
  const here = await findTemporalHere();
  provision([...programsFor('tests'), ...(here === null ? [PIP] : [])], { mayInstall });
  const temporal = here ?? (await findTemporal({ say }));
  return runMocha(
    args.filter((arg) => arg !== '--no-install'),
    temporal.path,
  );
});

async function runMocha(args, temporal) {
  const files = args.some((arg) => !arg.startsWith('-')) ? [] : TIERS.flatMap(testFiles);
  const reporter = existsSync(join(ROOT, REPORTER)) ? ['--reporter', REPORTER] : [];
  const mocha = spawn(
    process.execPath,
    [join(ROOT, 'node_modules/mocha/bin/mocha.js'), ...reporter, ...files, ...args],
    {
      cwd: ROOT,
      stdio: 'inherit',
      env: { ...process.env, TEMPORAL_CLI: temporal },
    },
  );
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => mocha.kill(signal));
  const [code] = await new Promise((resolve, reject) => {
    mocha.once('error', reject);
    mocha.once('exit', (...end) => resolve(end));
  });
  return code ?? 1;
}

function testFiles(tier) {
  const directory = join(ROOT, 'test', tier);
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { recursive: true })
    .filter((path) => path.endsWith('.test.ts'))
    .map((path) => join('test', tier, path))
    .sort();
}
