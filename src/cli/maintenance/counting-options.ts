import { Option, type Command } from 'commander';

/** Options of both commands that count hits. */
export type CountingOptions = {
  readonly dryRun?: boolean;
  readonly verbose?: boolean;
  readonly tryIndefinitely?: boolean;
  readonly doubtful?: 'counted' | 'again';
};

/** Adds them. */
export function withDoubtful(command: Command): Command {
  return command
    .option('--dry-run', 'say what would be counted, and send nothing')
    .option('--verbose', 'say what is done')
    .option('--try-indefinitely', 'wait for the frontend as long as it takes')
    .addOption(
      new Option(
        '--doubtful <what>',
        'hits that the frontend may or may not have counted, as a round was cut off: take them as counted, or count them again',
      ).choices(['counted', 'again']),
    );
}
