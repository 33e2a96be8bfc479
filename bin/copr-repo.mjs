#!/usr/bin/env node
/** The command `copr-repo`, from a checkout or an installation: compiles first when the sources are newer. */
import { requireNode } from '../scripts/node-version.mjs';

requireNode();
const { bootstrap, runScript } = await import('../scripts/bootstrap.mjs');

await runScript(async () => {
  await bootstrap();
  process.setSourceMapsEnabled(true);
  const { createCoprRepo } = await import('../dist/src/starters/copr-repo.js');
  await createCoprRepo().parseAsync(process.argv);
});
