import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PortFailure } from '../../ports/port-failure.js';
import { ProgramNotStarted } from '../process/program-not-started.js';
import { runCommand, type CommandOptions, type CommandResult } from '../process/run-command.js';
import { makeDirectories } from '../files/make-directories.js';
import { keepDirectories, type KeptDirectories } from './kept-directories.js';

/** Unix socket addresses end at 108 bytes, and gpg-agent's longest socket name takes 22 of them. */
const MAX_HOME = 80;
const TIMEOUT_MS = 5 * 60 * 1000;

/** A GnuPG home directory, and the programs that use it. */
export type GnupgHome = {
  /**
   * Runs a program with this home as GNUPGHOME and as HOME, so that no user's `.rpmmacros` or `.gnupg` has an effect.
   */
  readonly run: (program: string, args: readonly string[], options?: RunOptions) => Promise<CommandResult>;
  /** A scratch directory inside the home, removed when `work` has ended. */
  readonly withScratch: <T>(work: (directory: string) => Promise<T>) => Promise<T>;
  /** Reusable directories inside the home (`KeptDirectories`). */
  readonly keep: KeptDirectories['keep'];
  readonly forget: KeptDirectories['forget'];
  /** Ends the gpg-agent that gpg started for this home unless it belongs to others, and removes the kept directories. */
  readonly close: () => Promise<void>;
};

/** `timeoutMs` defaults to five minutes. */
type RunOptions = Pick<CommandOptions, 'input' | 'signal' | 'maxBytes'> & Partial<Pick<CommandOptions, 'timeoutMs'>>;

/**
 * Opens a GnuPG home at any path. gpg-agent puts its sockets there, so a path too long for a socket is reached through
 * a short link in a private temporary directory. `endsAgent: false` is for a home that other processes use too: their
 * gpg-agent outlives `close`.
 */
export function openGnupgHome(directory: string, { endsAgent = true } = {}): GnupgHome {
  let link: string | null = null;
  let opened: Promise<string> | null = null;
  const kept = keepDirectories(directory);

  async function open(): Promise<string> {
    await makeDirectories(directory, { mode: 0o700 });
    if (Buffer.byteLength(directory) <= MAX_HOME) return directory;
    link = await mkdtemp(path.join(tmpdir(), 'gpg-'));
    await symlink(directory, path.join(link, 'home'));
    return path.join(link, 'home');
  }

  async function run(program: string, args: readonly string[], options: RunOptions = {}): Promise<CommandResult> {
    const home = await (opened ??= open());
    try {
      return await runCommand(program, args, {
        timeoutMs: TIMEOUT_MS,
        ...options,
        env: { GNUPGHOME: home, HOME: home },
      });
    } catch (error) {
      if (!(error instanceof ProgramNotStarted)) throw error;
      throw new PortFailure('SignerUnavailable', error.message, { cause: error });
    }
  }

  return {
    run,
    withScratch: async (work) => {
      await (opened ??= open());
      const scratch = await mkdtemp(path.join(directory, 'scratch-'));
      try {
        return await work(scratch);
      } finally {
        await rm(scratch, { recursive: true, force: true });
      }
    },
    keep: async (name, fill) => {
      await (opened ??= open());
      return kept.keep(name, fill);
    },
    forget: kept.forget,
    close: async () => {
      if (opened === null) return;
      await kept.close();
      if (endsAgent) await run('gpgconf', ['--kill', 'all']);
      if (link !== null) await rm(link, { recursive: true, force: true });
      link = null;
      opened = null;
    },
  };
}
