import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync, statSync, truncateSync } from 'node:fs';
import { makeClerkDirectory, type ClerkDirectory } from './clerk-directory.js';
import { clerkTrouble } from './clerk-trouble.js';

/** Exit status of a clerk that finds another one on this host. */
export const ANOTHER_CLERK = 75;

const MAX_LOG = 1024 * 1024;

/** Starts clerks. */
export type ClerkStarter = {
  /** Creates what a clerk needs; throws PortFailure (`TicketClerkUnavailable`) if that fails. */
  readonly prepare: () => {
    /** Makes sure that a clerk is being started; returns what is wrong with the one that was started. */
    readonly ensure: () => string | null;
  };
};

/**
 * Starts a clerk in its own session, so that killing the worker's process group does not reach it, and does not wait
 * for it: it ends by itself. node runs `program` with `args`.
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
