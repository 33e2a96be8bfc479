#!/usr/bin/env node
/** The command `copr-prune-results`, from a checkout or an installation: compiles first when the sources are newer. */
import { requireNode } from '../scripts/node-version.mjs';

requireNode();
const { bootstrap, runScript } = await import('../scripts/bootstrap.mjs');

await runScript(async () => {
  await bootstrap();
  process.setSourceMapsEnabled(true);
  const { pruneResultsProgram } = await import('../dist/src/starters/program.js');
  await pruneResultsProgram().parseAsync(process.argv);
});
