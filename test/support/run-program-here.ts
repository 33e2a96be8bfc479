import type { Command } from 'commander';
import * as maintenance from '../../src/cli/maintenance-programs.js';
import { createCoprRepo } from '../../src/cli/repository/copr-repo.js';
import {
  actionProgram,
  buildProgram,
  createProgram,
  fixGpgProgram,
  logProgram,
  pruneResultsProgram,
  pruneSrpmsProgram,
} from '../../src/cli/program.js';
import { createBackendService } from '../../src/cli/service/backend-service.js';

/** The end of a command line. */
export type CommandEnd = { readonly code: number; readonly stdout: string; readonly stderr: string };

type Create = () => Command | Promise<Command>;

const named = (creates: readonly Create[]): Promise<readonly (readonly [string, Create])[]> =>
  Promise.all(creates.map(async (create) => [(await create()).name(), create] as const));

const maintained = await named(Object.values(maintenance));
const PROGRAMS: ReadonlyMap<string, Create> = new Map([
  ...maintained,
  ...(await named([actionProgram, buildProgram, createBackendService, createCoprRepo, createProgram])),
  ...(await named([fixGpgProgram, logProgram, pruneResultsProgram, pruneSrpmsProgram])),
]);

/** Names of the commands of maintenance. */
export const MAINTENANCE: readonly string[] = maintained.map(([name]) => name);

class Exit extends Error {}

function codeNow(): number {
  return Number(process.exitCode ?? 0);
}

/**
 * Runs a command line in this process: a process of its own takes seconds to compile. The streams are this process's, so
 * that one runs at a time.
 */
export async function runProgramHere(name: string, words: readonly string[]): Promise<CommandEnd> {
  const create = PROGRAMS.get(name);
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
