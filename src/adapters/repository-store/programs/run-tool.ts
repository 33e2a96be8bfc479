import { PortFailure } from '../../../ports/port-failure.js';
import { ProgramNotStarted } from '../../process/program-not-started.js';
import { runCommand, type CommandResult } from '../../process/run-command.js';

/** Runs createrepo_c or its companion modifyrepo_c; if it is not installed, the error says what to install. */
export async function runTool(
  program: 'createrepo_c' | 'modifyrepo_c',
  args: readonly string[],
  options: { readonly timeoutMs: number; readonly signal?: AbortSignal | undefined },
): Promise<CommandResult> {
  try {
    return await runCommand(program, args, {
      timeoutMs: options.timeoutMs,
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
  } catch (error) {
    if (!(error instanceof ProgramNotStarted)) throw error;
    throw new PortFailure('RepositoryFailed', error.message, { cause: error });
  }
}
