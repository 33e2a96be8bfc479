/** Prerequisites of tests, benches and drills: packages, dist/, the system's programs, a Temporal server's binary. */
import { spawn } from 'node:child_process';
import { bootstrap, ROOT, say } from './bootstrap.mjs';
import { provision } from './provision.mjs';
import { PIP, programsFor } from './system-programs.mjs';

/** Prepares all of them; resolves with the remaining arguments and the path of the Temporal CLI. */
export async function prepareRun(purpose, args) {
  const mayInstall = !args.includes('--no-install');
  await bootstrap();
  const { findTemporal, findTemporalHere } = await import('../dist/temporal/binary.js');
  const here = await findTemporalHere();
  provision([...programsFor(purpose), ...(here === null ? [PIP] : [])], { mayInstall });
  const { path } = here ?? (await findTemporal({ say }));
  return { words: args.filter((arg) => arg !== '--no-install'), temporal: path };
}

/** Runs Node with these arguments in the foreground; resolves with its exit status. */
export async function runNode(args, { temporal } = {}) {
  const child = spawn(process.execPath, args, {
    cwd: ROOT,
    stdio: 'inherit',
    env: { ...process.env, TEMPORAL_CLI: temporal },
  });
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
  const [code] = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (...end) => resolve(end));
  });
  return code ?? 1;
}
