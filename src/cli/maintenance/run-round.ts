import type { MaintenanceOutcome, MaintenanceRound } from '../../contracts/maintenance/maintenance.js';
import { createToolLog } from '../../logging/tool-log.js';
import { EXIT_STATUS, type ExitStatus } from '../exit-status.js';
import { printError, printLines, showProgress } from '../printing.js';
import { withStopSignal } from '../stop-signal.js';

/** Where a command says what it does: on standard output, and in its log file if it has one. */
export type Teller = {
  readonly tell: (line: string) => void;
  /** Only in the log file. */
  readonly note: (level: 'INFO' | 'ERROR', line: string) => void;
};

/** Runs `work` with a log file of the old command's name below `log_dir`; a log that cannot be written is said once. */
export async function withTeller<T>(
  log: { readonly logDir: string; readonly name: string } | null,
  work: (teller: Teller) => Promise<T>,
): Promise<T> {
  const file = log === null ? null : createToolLog(log);
  const note: Teller['note'] = (level, line) => {
    const error = file?.line(level, line) ?? null;
    if (error !== null && log !== null) printError(`${log.logDir}/${log.name} cannot be written: ${error.message}`);
  };
  const tell = (line: string): void => {
    showProgress(null);
    printLines([line]);
    note('INFO', line);
  };
  try {
    return await work({ tell, note });
  } finally {
    file?.close();
  }
}

/** Runs a round in the foreground until it ends, or SIGINT or SIGTERM stops it; 1 if something could not be done. */
export async function runRound(
  job: (round: MaintenanceRound) => Promise<MaintenanceOutcome>,
  options: { readonly dryRun: boolean; readonly teller: Teller; readonly isQuiet?: boolean },
): Promise<ExitStatus> {
  const { summary, troubles } = await withStopSignal((signal) =>
    job({ signal, progress: showProgress, dryRun: options.dryRun }),
  );
  showProgress(null);
  for (const trouble of troubles) {
    printError(trouble);
    options.teller.note('ERROR', trouble);
  }
  if (options.isQuiet !== true) options.teller.tell(summary);
  return troubles.length === 0 ? EXIT_STATUS.ok : EXIT_STATUS.failed;
}
