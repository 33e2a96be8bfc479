import type { Command } from 'commander';
import { asProgram } from './as-program.js';

// Each loads its own command only: all of them together take two seconds to load.

/** The command `copr-backend-resultdir-cleaner`, under its old name. */
export async function resultdirCleanerProgram(): Promise<Command> {
  const { resultdirCleanerCommand } = await import('./maintenance/resultdir-cleaner-command.js');
  return asProgram(resultdirCleanerCommand());
}

/** The command `copr-change-storage`, under its old name. */
export async function changeStorageProgram(): Promise<Command> {
  const { changeStorageCommand } = await import('./project/change-storage-command.js');
  return asProgram(changeStorageCommand());
}

/** The command `copr-compress-live-logs`, under its old name. */
export async function compressLiveLogsProgram(): Promise<Command> {
  const { compressLiveLogsCommand } = await import('./maintenance/compress-live-logs-command.js');
  return asProgram(compressLiveLogsCommand());
}

/** The command `copr-print-results-to-delete`, under its old name. */
export async function printResultsToDeleteProgram(): Promise<Command> {
  const { printResultsToDeleteCommand } = await import('./maintenance/print-results-to-delete-command.js');
  return asProgram(printResultsToDeleteCommand());
}

/** The command `copr-assure-permissions`, under its old name. */
export async function assurePermissionsProgram(): Promise<Command> {
  const { assurePermissionsCommand } = await import('./maintenance/assure-permissions-command.js');
  return asProgram(assurePermissionsCommand());
}

/** The command `copr-rename-chroot`, under its old name. */
export async function renameChrootProgram(): Promise<Command> {
  const { renameChrootCommand } = await import('./maintenance/rename-chroot-command.js');
  return asProgram(renameChrootCommand());
}

/** The command `copr-backend-unknown-resalloc-tickets`, under its old name. */
export async function unknownTicketsProgram(): Promise<Command> {
  const { unknownTicketsCommand } = await import('./maintenance/unknown-tickets-command.js');
  return asProgram(unknownTicketsCommand());
}

/** The command `copr-log-hitcounter`, under its old name. */
export async function logHitcounterProgram(): Promise<Command> {
  const { logHitcounterCommand } = await import('./maintenance/log-hitcounter-command.js');
  return asProgram(logHitcounterCommand());
}

/** The command `copr-aws-s3-hitcounter`, under its old name. */
export async function awsS3HitcounterProgram(): Promise<Command> {
  const { awsS3HitcounterCommand } = await import('./maintenance/aws-s3-hitcounter-command.js');
  return asProgram(awsS3HitcounterCommand());
}

/** The command `copr-backend-analyze-results`, under its old name. */
export async function analyzeResultsProgram(): Promise<Command> {
  const { analyzeResultsCommand } = await import('./maintenance/analyze-results-command.js');
  return asProgram(analyzeResultsCommand());
}

/** The command `copr-backend-generate-graphs`, under its old name. */
export async function generateGraphsProgram(): Promise<Command> {
  const { generateGraphsCommand } = await import('./maintenance/analyze-results-command.js');
  return asProgram(generateGraphsCommand());
}

/** The command `copr-backend-pulp-query`, under its old name. */
export async function pulpQueryProgram(): Promise<Command> {
  const { pulpQueryCommand } = await import('./maintenance/pulp-query-command.js');
  return asProgram(pulpQueryCommand());
}
