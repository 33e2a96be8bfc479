import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { PortFailure } from '../../ports/port-failure.js';
import type { FileSync } from '../../ports/build/file-sync.js';
import { ProgramNotStarted } from '../process/program-not-started.js';
import { runCommand } from '../process/run-command.js';
import type { CommandResult } from '../process/run-command.js';
import { makeDirectories } from '../files/make-directories.js';
import { withStorage } from '../files/storage-failure.js';
import { checkAddress, describeAddress } from '../ssh/address.js';
import { invalid, readListing, refuseFlawed, shown, tooLarge } from './listing.js';
import { removeOuterLinks, treeSize, walkTree } from './local-tree.js';
import { remoteDirectory, remoteShell, transferFailure, withKnownHosts } from './transport.js';

/** How often progress is reported and the destination's size is checked. */
const WATCH_MS = 1000;
/** rsync gives up when nothing moves for this long; ssh alone would wait for TCP. */
const SILENCE_SECONDS = 180;
/** Longer than any download that makes progress; the caller's signal is the actual limit. */
const MAX_MS = 24 * 3600 * 1000;
/** Enough for 100,000 entries with long names. */
const LISTING_BYTES = 48 * 1024 * 1024;

/** One download into a directory of this host. Rejects as the port FileSync describes. */
type Download = Omit<Parameters<FileSync['download']>[0], 'to' | 'buildId'> & {
  /** Local directory, created if missing. */
  readonly destination: string;
  /** rsync's output, for people; overwritten by each call. */
  readonly logFile: string;
};

export type Rsync = {
  readonly download: (request: Download) => Promise<{ readonly files: number; readonly bytes: number }>;
};

/**
 * Downloads over rsync and OpenSSH with the settings of `configFile` and the pinned host key. `stateDir` holds one
 * small file per running download. The builder is never trusted: names, kinds and sizes are checked in a listing before
 * the copy, the destination's size while it grows, and everything again in the destination afterwards.
 */
export function createRsync(options: {
  readonly configFile: string;
  readonly user: string;
  readonly stateDir: string;
}): Rsync {
  return {
    download: async (request) => {
      const { from: builder, destination } = request;
      checkAddress(builder);
      request.signal?.throwIfAborted();
      await withStorage(`${destination} cannot be made`, () =>
        makeDirectories(destination, { mode: 0o755, below: path.dirname(destination) }),
      );
      return await withKnownHosts({ stateDir: options.stateDir, hostKey: builder.hostKey }, async (knownHosts) => {
        const shell = remoteShell({ configFile: options.configFile, builder, knownHosts });
        const source = remoteDirectory({ user: options.user, host: builder.host, directory: request.source });
        const filters = filterRules(request.only);
        const list = ['-r', '--list-only', '--no-human-readable', ...filters];
        const listed = await runRsync(request, [...list, '-e', shell, source]);
        if (Buffer.byteLength(listed.stdout) >= LISTING_BYTES) throw invalid('the listing does not end');
        const listing = readListing(listed.stdout, request.maxBytes);
        await runRsync(request, [...copyFlags(request.maxBytes), ...filters, '-e', shell, source, `${destination}/`]);
        return await checkCopy(request, listing.files);
      });
    },
  };
}

function filterRules(only: readonly string[] | undefined): readonly string[] {
  if (only === undefined) return [];
  return [...only.map((pattern) => `--filter=+ /${pattern}`), '--filter=- *'];
}

function copyFlags(maxBytes: number): readonly string[] {
  // With -p, --chmod sets the whole mode, whatever our umask is; no -D, -o, -g: only data is copied.
  return [
    '-rlptH',
    '-v',
    '--chmod=D755,F644',
    '--no-devices',
    '--no-specials',
    '--safe-links',
    `--max-size=${maxBytes}`,
  ];
}

/** Runs rsync and watches it. Rejects as the port describes, with the signal's reason if the signal ended it. */
async function runRsync(request: Download, args: readonly string[]): Promise<CommandResult> {
  const outgrown = new AbortController();
  const signals = request.signal === undefined ? [outgrown.signal] : [request.signal, outgrown.signal];
  const stopWatching = watch(request, () => outgrown.abort());
  const result = await runCommand('rsync', ['--timeout', String(SILENCE_SECONDS), ...args], {
    timeoutMs: MAX_MS,
    signal: AbortSignal.any(signals),
    maxBytes: LISTING_BYTES,
  })
    .catch((error: unknown) => {
      if (!(error instanceof ProgramNotStarted)) throw error;
      throw new PortFailure('ConfigurationInvalid', error.message, { cause: error });
    })
    .finally(stopWatching);
  // The reason why the transfer ended says more than the failure to write its log.
  const logged = await withStorage(`${request.logFile} cannot be written`, () =>
    writeFile(request.logFile, `${result.stdout}${result.stderr}`),
  ).catch((error: unknown) => ({ error }));
  request.signal?.throwIfAborted();
  if (outgrown.signal.aborted) throw await outgrownFailure(request);
  if (result.code !== 0) throw transferFailure(request.from, result);
  if (logged !== undefined) throw logged.error;
  return result;
}

/**
 * Reports progress every second and checks whether the destination exceeds its limit; returns a function that stops
 * this.
 */
function watch(request: Download, onOutgrown: () => void): () => void {
  let looking = false;
  const timer = setInterval(() => {
    request.onProgress?.();
    if (looking) return;
    looking = true;
    // A failed check means nothing; the check after the copy decides.
    void treeSize(request.destination, request.maxBytes)
      .then(
        (bytes) => {
          if (bytes > request.maxBytes) onOutgrown();
        },
        () => undefined,
      )
      .finally(() => (looking = false));
  }, WATCH_MS);
  return () => clearInterval(timer);
}

/** Checks the local files after a copy: forbidden entries, missing files, total size. */
async function checkCopy(request: Download, expected: ReadonlySet<string>): Promise<{ files: number; bytes: number }> {
  const { destination, maxBytes } = request;
  await removeOuterLinks(destination);
  const missing = new Set(expected);
  let biggest = { name: '', size: 0 };
  let files = 0;
  let bytes = 0;
  for await (const entry of walkTree(destination)) {
    if (entry.type === 'other') throw invalid(`${shown(entry.name)} is neither a file, a directory nor a link`);
    refuseFlawed(entry.name);
    if (entry.type !== 'file') continue;
    missing.delete(entry.name);
    files += 1;
    bytes += entry.size;
    if (entry.size > biggest.size) biggest = entry;
  }
  if (bytes > maxBytes) throw tooLarge({ bytes, maxBytes, biggest });
  const [first] = missing;
  if (first !== undefined) {
    // rsync skips files that grew above --max-size, or turned into something else, after the listing.
    const message = `rsync from ${describeAddress(request.from)}: ${missing.size} listed files did not arrive, such as ${JSON.stringify(first.slice(0, 200))}`;
    throw new PortFailure('DownloadFailed', message);
  }
  return { files, bytes };
}

async function outgrownFailure(request: Download): Promise<PortFailure> {
  let biggest = { name: '', size: 0 };
  let bytes = 0;
  for await (const entry of walkTree(request.destination)) {
    bytes += entry.size;
    if (entry.size > biggest.size) biggest = entry;
  }
  return tooLarge({ bytes, maxBytes: request.maxBytes, biggest });
}
