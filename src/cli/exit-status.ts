import { StarterFailure, type StarterFailureReason } from '../starters/starter-failure.js';
import { printError } from './printing.js';

/** Meanings of the command's exit status; also printed by `--help`. */
export const EXIT_STATUS = {
  ok: 0,
  failed: 1,
  usage: 2,
  noSuchTask: 3,
  temporalUnreachable: 4,
  configuration: 5,
} as const;

export type ExitStatus = (typeof EXIT_STATUS)[keyof typeof EXIT_STATUS];

export const EXIT_STATUS_HELP = `
Exit status:
  0  done
  1  failed (with --watch: the build failed)
  2  wrong usage
  3  no such task
  4  Temporal is unreachable
  5  the configuration is missing or wrong`;

const STATUS_OF_REASON: Readonly<Record<StarterFailureReason, ExitStatus>> = {
  configuration: EXIT_STATUS.configuration,
  temporalUnreachable: EXIT_STATUS.temporalUnreachable,
  notFound: EXIT_STATUS.noSuchTask,
  noAnswer: EXIT_STATUS.failed,
  alreadyRunning: EXIT_STATUS.failed,
  alreadyEnded: EXIT_STATUS.failed,
  wouldStrand: EXIT_STATUS.failed,
  endedEarly: EXIT_STATUS.failed,
};

/** A foreseen failure: one line that says what to do, and the exit status. */
export class CommandError extends Error {
  readonly exitStatus: ExitStatus;

  constructor(exitStatus: ExitStatus, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'CommandError';
    this.exitStatus = exitStatus;
  }
}

/** Runs a command's work; errors become one line on standard error (with `debug`, the whole chain). */
export async function runCommandAction(debug: boolean, work: () => Promise<ExitStatus>): Promise<void> {
  try {
    process.exitCode = await work();
  } catch (error) {
    process.exitCode = foreseenStatus(error) ?? EXIT_STATUS.failed;
    printError(debug ? inspectChain(error) : messageOf(error));
  }
}

/** The exit status of a foreseen failure; null for any other error. */
export function foreseenStatus(error: unknown): ExitStatus | null {
  if (error instanceof CommandError) return error.exitStatus;
  return error instanceof StarterFailure ? STATUS_OF_REASON[error.reason] : null;
}

function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return foreseenStatus(error) !== null ? text : `${text.split('\n')[0] ?? ''} (--debug shows more)`;
}

function inspectChain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const own = error.stack ?? error.message;
  return error.cause === undefined ? own : `${own}\ncaused by ${inspectChain(error.cause)}`;
}
