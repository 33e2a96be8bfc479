#!/usr/bin/env node
/** The old name of `copr-backend action run`, from a checkout or an installation: compiles first when the sources are newer. */
import { requireNode } from '../scripts/node-version.mjs';

requireNode();
const { bootstrap, runScript } = await import('../scripts/bootstrap.mjs');

await runScript(async () => {
  await bootstrap();
  process.setSourceMapsEnabled(true);
  const { createProcessAction } = await import('../dist/src/starters/process-action.js');
  await createProcessAction().parseAsync(process.argv);
});
