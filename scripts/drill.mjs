/** `npm run drill -- DRILL`: everything a drill needs, then drill/main.ts. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { requireNode } from './node-version.mjs';

requireNode();
const { bootstrap, ROOT, runScript, say } = await import('./bootstrap.mjs');
const { provision } = await import('./provision.mjs');
const { PIP, programsFor } = await import('./system-programs.mjs');

await runScript(async () => {
  const args = process.argv.slice(2);
  const mayInstall = !args.includes('--no-install');
  await bootstrap();
  const { findTemporal, findTemporalHere } = await import('../dist/temporal/binary.js');
  const here = await findTemporalHere();
  provision([...programsFor('tests'), ...(here === null ? [PIP] : [])], { mayInstall });
  const temporal = here ?? (await findTemporal({ say }));
  const rest = args.filter((arg) => arg !== '--no-install');
  const drill = spawn(process.execPath, ['--import', 'tsx', join(ROOT, 'drill/main.ts'), ...rest], {
    cwd: ROOT,
    stdio: 'inherit',
    env: { ...process.env, TEMPORAL_CLI: temporal.path },
  });
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => drill.kill(signal));
  const [code] = await new Promise((resolve, reject) => {
    drill.once('error', reject);
    drill.once('exit', (...end) => resolve(end));
  });
  return code ?? 1;
});
