import type { Subcommand } from './subcommand.js';
import { buildsSubcommand } from './subcommands/builds.js';

/** Everything `npm run bench -- NAME` knows. */
export const SUBCOMMANDS: readonly Subcommand[] = [buildsSubcommand];
