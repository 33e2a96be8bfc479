#!/usr/bin/env node
/** The command `copr-backend`. */
import { runProgram } from '../scripts/run-program.mjs';

await runProgram(async () => {
  const { createProgram } = await import('../dist/src/cli/program.js');
  const program = createProgram();
  const playground = await importIfThere('../dist/playground/command.js');
  if (playground !== null) program.addCommand(playground.playgroundCommand());
  return program;
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
