import { requireNode } from './node-version.mjs';

/** Runs a command of the product, from a checkout or an installation: compiles first if the sources are newer. */
export async function runProgram(load) {
  requireNode();
  const { bootstrap, runScript } = await import('./bootstrap.mjs');
  await runScript(async () => {
    await bootstrap();
    process.setSourceMapsEnabled(true);
    const program = await load();
    await program.parseAsync(process.argv);
  });
}
