import { open, stat } from 'node:fs/promises';
import path from 'node:path';
import { isRpmFileName } from '../../domain/names/rpm-file.js';
import { PortFailure } from '../../ports/port-failure.js';
import type { GnupgHome } from '../gpg/gnupg-home.js';
import { argumentBatches } from '../process/argument-batches.js';
import type { CommandResult } from '../process/run-command.js';

/** Packages for the rpm tools, with the home that the tools run in. */
export type PackageFiles = {
  readonly home: GnupgHome;
  readonly files: readonly string[];
  readonly signal?: AbortSignal | undefined;
};

/**
 * Packages per run of an rpm tool: enough that starting it costs little in comparison, and few enough that the time
 * limit is minutes.
 */
const MAX_PER_RUN = 200;
const RUN_MS = 60_000;
const PACKAGE_MS = 15_000;
/** 5 MB a second: the tools read whole packages, and rpmsign rewrites them, on disks that others use too. */
const BYTES_PER_MS = 5000;
const NAMES_TOLD = 10;

/**
 * Refuses files that the rpm tools would not read as one package: they treat a file without an RPM's first bytes as a
 * list of other files, and their output has one file per line.
 */
export async function insistOnPackages(files: readonly string[]): Promise<void> {
  for (const file of files) {
    if (!path.isAbsolute(file) || /\p{Cc}/u.test(file) || !isRpmFileName(path.basename(file)))
      throw new PortFailure('SigningFailed', `${JSON.stringify(file)} is not a name of a package`);
    const handle = await open(file);
    try {
      const { buffer } = await handle.read(Buffer.alloc(4), 0, 4, 0);
      if (!buffer.equals(Buffer.from('edabeedb', 'hex')))
        throw new PortFailure('SigningFailed', `${path.basename(file)} is not an RPM package`);
    } finally {
      await handle.close();
    }
  }
}

/** The result of one run of an rpm tool, and its packages. */
type Run = { readonly files: readonly string[]; readonly result: CommandResult };

/**
 * Runs one of the rpm tools for all files of the request, in as many runs as their number and path lengths require;
 * continues while the caller iterates. Rejects with the signal's reason if the signal ended a run.
 */
export async function* runForPackages(
  request: PackageFiles,
  program: string,
  args: readonly string[],
): AsyncGenerator<Run> {
  const { home, signal } = request;
  for (const files of argumentBatches(request.files, MAX_PER_RUN)) {
    signal?.throwIfAborted();
    const result = await home.run(program, [...args, ...files], {
      timeoutMs: runLimitMs(await sizesOf(files)),
      ...(signal === undefined ? {} : { signal }),
    });
    signal?.throwIfAborted();
    yield { files, result };
  }
}

/** How long one run of an rpm tool may take for packages of these sizes, in milliseconds. */
export function runLimitMs(sizes: readonly number[]): number {
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  return RUN_MS + sizes.length * PACKAGE_MS + Math.ceil(bytes / BYTES_PER_MS);
}

async function sizesOf(files: readonly string[]): Promise<readonly number[]> {
  const sizes: number[] = [];
  for (const file of files) sizes.push((await stat(file)).size);
  return sizes;
}

/** File names for a message: at most ten, and how many more there are. */
export function namesOf(files: readonly string[]): string {
  const names = files.slice(0, NAMES_TOLD).map((file) => path.basename(file));
  const more = files.length > names.length ? ` and ${files.length - names.length} more` : '';
  return `${names.join(', ')}${more}`;
}
