/** `npm run bench -- SUBCOMMAND …`: prepares everything that a playground needs, then runs bench/main.ts. */
import { requireNode } from './node-version.mjs';

requireNode();
const { ROOT, runScript } = await import('./bootstrap.mjs');
const { prepareRun } = await import('./prepare-run.mjs');

await runScript(async () => {
  const { words, temporal } = await prepareRun('playground', process.argv.slice(2));
  process.setSourceMapsEnabled(true);
  process.env.TEMPORAL_CLI = temporal;
  const { main } = await import('../dist/bench/main.js');
  process.exit(await main(words, ROOT)); // ends whatever still waits for a server that is gone
});
