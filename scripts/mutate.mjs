/** `npm run mutate -- SUBJECT …`: prepares the packages, then runs mutate/main.ts. */
import { join } from 'node:path';
import { requireNode } from './node-version.mjs';

requireNode();
const { ensurePackages, ROOT, runScript } = await import('./bootstrap.mjs');
const { runNode } = await import('./prepare-run.mjs');

await runScript(async () => {
  await ensurePackages();
  return runNode(['--import', 'tsx', join(ROOT, 'mutate/main.ts'), ...process.argv.slice(2)]);
});
