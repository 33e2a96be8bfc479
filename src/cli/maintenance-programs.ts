import type { Command } from 'commander';
import { asProgram } from './as-program.js';
import { resultdirCleanerCommand } from './maintenance/resultdir-cleaner-command.js';
import { pulpQueryCommand } from './maintenance/pulp-query-command.js';
import { compressLiveLogsCommand } from './maintenance/compress-live-logs-command.js';
import { printResultsToDeleteCommand } from './maintenance/print-results-to-delete-command.js';
import { assurePermissionsCommand } from './maintenance/assure-permissions-command.js';
import { renameChrootCommand } from './maintenance/rename-chroot-command.js';
import { unknownTicketsCommand } from './maintenance/unknown-tickets-command.js';
import { logHitcounterCommand } from './maintenance/log-hitcounter-command.js';
import { awsS3HitcounterCommand } from './maintenance/aws-s3-hitcounter-command.js';
import { analyzeResultsCommand, generateGraphsCommand } from './maintenance/analyze-results-command.js';

/** The command `copr-backend-resultdir-cleaner`, under its old name. */
export function resultdirCleanerProgram(): Command {
  return asProgram(resultdirCleanerCommand());
}

/** The command `copr-compress-live-logs`, under its old name. */
export function compressLiveLogsProgram(): Command {
  return asProgram(compressLiveLogsCommand());
}

/** The command `copr-print-results-to-delete`, under its old name. */
export function printResultsToDeleteProgram(): Command {
  return asProgram(printResultsToDeleteCommand());
}

/** The command `copr-assure-permissions`, under its old name. */
export function assurePermissionsProgram(): Command {
  return asProgram(assurePermissionsCommand());
}

/** The command `copr-rename-chroot`, under its old name. */
export function renameChrootProgram(): Command {
  return asProgram(renameChrootCommand());
}

/** The command `copr-backend-unknown-resalloc-tickets`, under its old name. */
export function unknownTicketsProgram(): Command {
  return asProgram(unknownTicketsCommand());
}

/** The command `copr-log-hitcounter`, under its old name. */
export function logHitcounterProgram(): Command {
  return asProgram(logHitcounterCommand());
}

/** The command `copr-aws-s3-hitcounter`, under its old name. */
export function awsS3HitcounterProgram(): Command {
  return asProgram(awsS3HitcounterCommand());
}

/** The command `copr-backend-analyze-results`, under its old name. */
export function analyzeResultsProgram(): Command {
  return asProgram(analyzeResultsCommand());
}

/** The command `copr-backend-generate-graphs`, under its old name. */
export function generateGraphsProgram(): Command {
  return asProgram(generateGraphsCommand());
}

/** The command `copr-backend-pulp-query`, under its old name. */
export function pulpQueryProgram(): Command {
  return asProgram(pulpQueryCommand());
}
