import type { Subcommand } from './subcommand.js';
import { actionsSubcommand } from './subcommands/actions.js';
import { analyzeSubcommand } from './subcommands/analyze.js';
import { buildsSubcommand } from './subcommands/builds.js';
import { cancelSubcommand } from './subcommands/cancel.js';
import { forkSubcommand } from './subcommands/fork.js';
import { pulpSubcommand } from './subcommands/pulp.js';
import { queueSubcommand } from './subcommands/queue.js';
import { recoverSubcommand } from './subcommands/recover.js';
import { repoSubcommand } from './subcommands/repo.js';
import { scaleSubcommand } from './subcommands/scale.js';

/** All subcommands of `npm run bench -- NAME`. */
export const SUBCOMMANDS: readonly Subcommand[] = [
  buildsSubcommand,
  actionsSubcommand,
  forkSubcommand,
  scaleSubcommand,
  queueSubcommand,
  cancelSubcommand,
  recoverSubcommand,
  repoSubcommand,
  pulpSubcommand,
  analyzeSubcommand,
];
