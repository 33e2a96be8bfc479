import path from 'node:path';
import { PROGRAMS } from '../../scripts/tables/commands.js';
import * as maintenance from '../../src/cli/maintenance-programs.js';

/** The end of a command line. */
export type CommandEnd = { readonly code: number; readonly stdout: string; readonly stderr: string };

const CREATES = new Map(Object.entries(PROGRAMS).map(([file, create]) => [path.basename(file, '.mjs'), create]));

/** Names of the commands of maintenance. */
export const MAINTENANCE: readonly string[] = await Promise.all(
  Object.values(maintenance).map(async (create) => (await create()).name()),
);

class Exit extends Error {}

function codeNow(): number {
  return Number(process.exitCode ?? 0);
}

/**
 * Runs a command line in this process: a process of its own takes seconds to compile. The streams are this process's, so
 * that one runs at a time.
 */
export async function runProgramHere(name: string, words: readonly string[]): Promise<CommandEnd> {
  const create = CREATES.get(name);
  if (create === undefined) throw new Error(`no program ${name}`);
  const said = { stdout: '', stderr: '' };
  const writes = {
    stdout: process.stdout.write.bind(process.stdout),
    stderr: process.stderr.write.bind(process.stderr),
  };
  const { exitCode } = process;
  const exit = process.exit.bind(process);
  for (const stream of ['stdout', 'stderr'] as const)
    process[stream].write = (chunk: string | Uint8Array): boolean => {
      said[stream] += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
      return true;
    };
  let code = 0;
  process.exit = (given) => {
    code = Number(given ?? 0);
    throw new Exit();
  };
  process.exitCode = undefined;
  try {
    await (await create()).parseAsync([...words], { from: 'user' });
    code = codeNow();
  } catch (error) {
    if (!(error instanceof Exit)) throw error;
  } finally {
    Object.assign(process.stdout, { write: writes.stdout });
    Object.assign(process.stderr, { write: writes.stderr });
    process.exit = exit;
    process.exitCode = exitCode;
  }
  return { code, ...said };
}
