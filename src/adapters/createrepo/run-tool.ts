import { PortFailure } from '../../ports/port-failure.js';
import { runCommand, type CommandResult } from '../process/run-command.js';
import { errnoOf } from '../result-tree/storage-failure.js';

/** Runs createrepo_c or its companion modifyrepo_c; one that is not installed is said with what to install. */
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
    if (errnoOf(error) !== 'ENOENT') throw error;
    throw new PortFailure('RepositoryFailed', `${program} was not found: install the package createrepo_c`, {
      retryable: true,
      cause: error,
    });
  }
}
