/** `npm start`: from a bare checkout to a running Copr build system with examples (playground/start). */
import { requireNode } from './node-version.mjs';

requireNode();
const { bootstrap, ROOT, runScript } = await import('./bootstrap.mjs');
const { provision } = await import('./provision.mjs');
const { PIP, programsFor } = await import('./system-programs.mjs');

await runScript(async () => {
  const args = process.argv.slice(2);
  await bootstrap();
  process.setSourceMapsEnabled(true);
  const { main } = await import('../dist/playground/start/main.js');
  const { findTemporalHere } = await import('../dist/temporal/binary.js');
  const status = await main(args, {
    root: ROOT,
    prepareSystem: async ({ mayInstall }) => {
      const temporal = await findTemporalHere();
      provision([...programsFor('playground'), ...(temporal === null ? [PIP] : [])], { mayInstall });
    },
  });
  process.exit(status); // ends whatever still waits for a server that is gone
});
