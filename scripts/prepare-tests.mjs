/** Installs packages and system programs for the tests, before anything is compiled (.ci/run). */
import { requireNode } from './node-version.mjs';

requireNode();
const { ensurePackages, runScript } = await import('./bootstrap.mjs');
const { provision } = await import('./provision.mjs');
const { programsFor } = await import('./system-programs.mjs');

await runScript(async () => {
  await ensurePackages();
  provision(programsFor('tests'));
});
