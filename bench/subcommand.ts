import type { Command } from 'commander';

/** What a measurement came to. */
export type Measured = {
  /** The one object of `--json`, keys as bench/README.md lists them. */
  readonly figures: object;
  /** Lines for people that the figures do not say: where the time goes, what was run. */
  readonly notes: readonly string[];
  /** Why the figures are worth nothing; empty for a valid run. */
  readonly faults: readonly string[];
};

/** What every subcommand gets. */
export type BenchRun = {
  /** The checkout. */
  readonly root: string;
  /** Progress, on standard error. */
  readonly say: (line: string) => void;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  /** Called in reverse order at the end, however it comes. */
  readonly defer: (cleanUp: () => Promise<void>) => void;
};

/** One measurement; bench/subcommands.ts has the table of them. */
export type Subcommand = {
  readonly name: string;
  readonly description: string;
  /** Adds the options that only this one has. */
  readonly options: (command: Command) => Command;
  /** `options` are commander's values. Throws when it could not measure. */
  readonly run: (run: BenchRun, options: Readonly<Record<string, unknown>>) => Promise<Measured>;
};
