import type { BuildScript } from './build-script.js';
import type { BuilderDirectory } from './builder-directory.js';
import type { Journal } from './journal.js';

/** How a command of the contract ended. */
export type CommandAnswer = { readonly code: number; readonly stdout?: string; readonly stderr?: string };

/** What the commands of one builder share. */
export type CommandContext = {
  readonly name: string;
  readonly directory: BuilderDirectory;
  readonly journal: Journal;
  /** What a build runs. */
  readonly script: BuildScript;
  /** Held while a build is being started. */
  readonly lock: { held: boolean };
};
