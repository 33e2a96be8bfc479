/** `npm run drill -- DRILL`: prepares everything that a drill needs, then runs drill/main.ts. */
import { join } from 'node:path';
import { requireNode } from './node-version.mjs';

requireNode();
const { ROOT, runScript } = await import('./bootstrap.mjs');
const { prepareRun, runNode } = await import('./prepare-run.mjs');

await runScript(async () => {
  const { words, temporal } = await prepareRun('drills', process.argv.slice(2));
  return runNode(['--import', 'tsx', join(ROOT, 'drill/main.ts'), ...words], { temporal });
});
