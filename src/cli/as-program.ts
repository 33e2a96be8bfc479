import type { Command } from 'commander';
import { packageVersion } from '../adapters/process/package-version.js';
import { EXIT_STATUS } from './exit-status.js';

/** Makes a command a program of its own: with `--version`, and with our exit status on wrong usage. */
export function asProgram(command: Command): Command {
  return endWithOurStatus(command.version(packageVersion(), '--version', 'print the version'));
}

/** Commander exits with 1 on wrong usage; ours is 2, because 1 is about the build. */
export function endWithOurStatus(command: Command): Command {
  command.commands.forEach(endWithOurStatus);
  return command.exitOverride((error) => {
    process.exit(error.exitCode === 0 ? EXIT_STATUS.ok : EXIT_STATUS.usage);
  });
}
