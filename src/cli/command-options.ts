import type { Command } from 'commander';

/** Options every command has. */
export type CommonOptions = { readonly config?: string; readonly debug?: boolean };

/** Adds `--config` and `--debug`. */
export function withCommonOptions(command: Command): Command {
  return command
    .option('--config <file>', 'configuration (copr-be.conf)')
    .option('--debug', 'show whole errors with their stacks');
}
