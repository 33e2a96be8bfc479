#!/usr/bin/env node
/** The command `copr-backend`, from a checkout or an installation: compiles first when the sources are newer. */
import { requireNode } from '../scripts/node-version.mjs';

requireNode();
const { bootstrap, runScript } = await import('../scripts/bootstrap.mjs');

await runScript(async () => {
  await bootstrap();
  process.setSourceMapsEnabled(true);
  const { createProgram } = await import('../dist/src/starters/program.js');
  const program = createProgram();
  const playground = await importIfThere('../dist/playground/command.js');
  if (playground !== null) program.addCommand(playground.playgroundCommand());
  await program.parseAsync(process.argv);
});

/** The playground may be left out of an installation. */
async function importIfThere(path) {
  try {
    return await import(path);
  } catch (error) {
    if (error.code === 'ERR_MODULE_NOT_FOUND' && error.url === new URL(path, import.meta.url).href) return null;
    throw error;
  }
}
