import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync, statSync, truncateSync } from 'node:fs';
import { makeClerkDirectory, type ClerkDirectory } from './clerk-directory.js';
import { clerkTrouble } from './clerk-trouble.js';

/** How the clerk's process says that another one has this host. */
export const ANOTHER_CLERK = 75;

const MAX_LOG = 1024 * 1024;

/** Starts clerks. */
export type ClerkStarter = {
  /** Makes what a clerk needs; throws PortFailure (`TicketClerkUnavailable`) where that cannot be. */
  readonly prepare: () => {
    /** Sees that a clerk is on its way; answers what is wrong with the one that was started. */
    readonly ensure: () => string | null;
  };
};

/**
 * Starts a clerk as a process of its own session, so that a kill of the worker's process group does not reach it, and
 * forgets it: it ends by itself. `program` is what node runs, `args` what it is told.
 */
export function createClerkStarter(
  directory: ClerkDirectory,
  clerk: { readonly program: string; readonly args: readonly string[] },
): ClerkStarter {
  return {
    prepare: () => {
      try {
        makeClerkDirectory(directory);
        closeSync(openSync(directory.logFile, 'a', 0o600));
      } catch (error) {
        throw clerkTrouble(`${textOf(error)}; let this user write in ${directory.path}`, error);
      }
      let child: ChildProcess | null = null;
      let failed: string | null = null;
      return {
        ensure: () => {
          if (failed !== null) return failed;
          if (child === null || child.exitCode === ANOTHER_CLERK || child.exitCode === 0) child = launch();
          else if (child.exitCode !== null || child.signalCode !== null) {
            failed = `it ended (${child.signalCode ?? `exit ${child.exitCode ?? ''}`}): ${lastLine(directory.logFile)}`;
          }
          return failed;
        },
      };

      function launch(): ChildProcess {
        if (statSync(directory.logFile).size > MAX_LOG) truncateSync(directory.logFile);
        const log = openSync(directory.logFile, 'a');
        const started = spawn(process.execPath, [...process.execArgv, clerk.program, ...clerk.args], {
          detached: true,
          stdio: ['ignore', log, log],
        });
        closeSync(log);
        started.on('error', (error) => (failed = textOf(error)));
        started.unref();
        return started;
      }
    },
  };
}

function lastLine(file: string): string {
  return readFileSync(file, 'utf8').trimEnd().split('\n').at(-1)?.slice(0, 500) ?? '';
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
