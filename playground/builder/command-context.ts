import type { BuildScript } from './build-script.js';
import type { BuilderDirectory } from './builder-directory.js';
import type { Journal } from './journal.js';

/** The result of a builder's command. */
export type CommandAnswer = { readonly code: number; readonly stdout?: string; readonly stderr?: string };

/** State shared by the commands of one builder. */
export type CommandContext = {
  readonly name: string;
  readonly directory: BuilderDirectory;
  readonly journal: Journal;
  /** The script that a build runs. */
  readonly script: BuildScript;
  /** Held while a build is being started. */
  readonly lock: { held: boolean };
};
