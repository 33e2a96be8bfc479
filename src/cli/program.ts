import { Command } from 'commander';
import { actionCommand, actionsCommand } from './action/actions-command.js';
import { asProgram, endWithOurStatus } from './as-program.js';
import { cancelCommand } from './cancel/cancel-command.js';
import { changeStorageCommand } from './project/change-storage-command.js';
import { configCommand } from './config/config-command.js';
import { EXIT_STATUS_HELP } from './exit-status.js';
import { deployCommand } from './service/deploy-command.js';
import { doctorCommand } from './doctor/doctor-command.js';
import { fixGpgCommand } from './signing/fix-gpg-command.js';
import { logCommand } from './service/log-command.js';
import { logsCommand } from './build/logs-command.js';
import { pruneResultsCommand } from './prune/prune-results-command.js';
import { pruneSrpmsCommand } from './prune/prune-srpms-command.js';
import { queueCommand } from './dispatch/queue-command.js';
import { simulateCommand } from './dispatch/simulate-command.js';
import { repoCommand } from './repository/repo-command.js';
import { reconcileCommand } from './maintenance/reconcile-command.js';
import { scheduleCommand } from './maintenance/schedule-command.js';
import { storageCommand } from './maintenance/storage-command.js';
import { statusCommand } from './build/status-command.js';
import { ticketClerkCommand } from './service/ticket-clerk-command.js';
import { trashCommand } from './project/trash-command.js';
import { installCommand } from './service/install-command.js';
import { roleCommand, workerCommand } from './service/worker-command.js';

/** The command line `copr-backend`. */
export function createProgram(): Command {
  const program = new Command('copr-backend')
    .description('Copr builds on Temporal: workers, and commands for people')
    .showHelpAfterError('(--help shows how it is used)')
    .addHelpText('after', EXIT_STATUS_HELP);
  const commands = [workerCommand(), statusCommand(), logsCommand(), cancelCommand(), queueCommand()];
  for (const command of [...commands, actionsCommand(), actionCommand(), trashCommand(), ticketClerkCommand()]) {
    program.addCommand(endWithOurStatus(command.addHelpText('after', EXIT_STATUS_HELP)));
  }
  for (const command of [
    installCommand(),
    doctorCommand(),
    deployCommand(),
    configCommand(),
    repoCommand(),
    changeStorageCommand('change-storage'),
    reconcileCommand(),
    scheduleCommand(),
    storageCommand(),
    simulateCommand(),
  ])
    program.addCommand(endWithOurStatus(command));
  return asProgram(program);
}

/** The command `copr-fix-gpg`, under its old name. */
export function fixGpgProgram(): Command {
  return asProgram(fixGpgCommand());
}

/** The command `copr-prune-results`, under its old name. */
export function pruneResultsProgram(): Command {
  return asProgram(pruneResultsCommand());
}

/** The command `copr-prune-srpms`, under its old name. */
export function pruneSrpmsProgram(): Command {
  return asProgram(pruneSrpmsCommand());
}

/** The command `copr-backend-build`: a worker that follows builds. */
export function buildProgram(): Command {
  return asProgram(roleCommand('copr-backend-build', 'build'));
}

/** The command `copr-backend-action`: a worker for actions. */
export function actionProgram(): Command {
  return asProgram(roleCommand('copr-backend-action', 'action'));
}

/** The command `copr-backend-log`: the log daemon. */
export function logProgram(): Command {
  return asProgram(logCommand());
}
