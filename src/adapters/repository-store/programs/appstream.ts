import { chmod, link, readdir } from 'node:fs/promises';
import path from 'node:path';
import { ProgramNotStarted } from '../../process/program-not-started.js';
import { runCommand } from '../../process/run-command.js';
import { exists } from '../../files/entries.js';
import { makeDirectories } from '../../files/make-directories.js';

/**
 * appstream-builder may run this long, and gets the same time again to exit
 * (docs/neighbours/createrepo.md#application-data).
 */
const TIMEOUT_MS = 180_000;

export type AppstreamRun = {
  /** Absolute path of appstream-builder. */
  readonly program: string;
  readonly chrootDir: string;
  /** The packages that the metadata will list. */
  readonly packages: readonly string[];
  /** `<owner>/<project>`. */
  readonly origin: string;
  readonly workDir: string;
  readonly signal?: AbortSignal | undefined;
};

/** Files for repomd.xml, or why there are none. */
export type AppstreamResult = { readonly files: readonly string[] } | { readonly failure: string };

/** True for projects whose operator has turned it off (docs/neighbours/createrepo.md#application-data). */
export function appstreamIsDisabled(chrootDir: string): Promise<boolean> {
  return exists(path.join(path.dirname(chrootDir), '.disable-appstream'));
}

/**
 * Makes application data of the packages with appstream-builder, best effort. It gets exactly the packages that the
 * metadata will list, as hard links, so deleted packages that are still in the tree are not included.
 */
export async function buildAppstream(run: AppstreamRun): Promise<AppstreamResult> {
  const root = path.join(run.workDir, 'appstream');
  const packages = path.join(root, 'packages');
  await makeDirectories(packages, { mode: 0o755, below: run.workDir });
  const made = new Set<string>();
  for (const href of run.packages) {
    const directory = path.join(packages, path.dirname(href));
    if (!made.has(directory)) await makeDirectories(directory, { mode: 0o755, below: packages });
    made.add(directory);
    await link(path.join(run.chrootDir, href), path.join(packages, href));
  }
  const output = path.join(root, 'appdata');
  const args = [
    ...[`--temp-dir=${path.join(root, 'tmp')}`, `--cache-dir=${path.join(root, 'cache')}`],
    ...[`--packages-dir=${packages}`, `--output-dir=${output}`, '--basename=appstream', '--include-failed'],
    ...['--min-icon-size=48', '--veto-ignore=missing-parents', '--enable-hidpi', `--origin=${run.origin}`],
  ];
  const result = await runCommand(run.program, args, {
    timeoutMs: TIMEOUT_MS,
    ...(run.signal === undefined ? {} : { signal: run.signal }),
  }).catch((error: unknown) => {
    if (error instanceof ProgramNotStarted) return error;
    throw error;
  });
  run.signal?.throwIfAborted();
  if (result instanceof ProgramNotStarted) return { failure: result.message };
  if (result.code !== 0) return { failure: result.summary };
  const there = (await exists(output)) ? await readdir(output) : [];
  const files = ['appstream.xml.gz', 'appstream-icons.tar.gz']
    .filter((name) => there.includes(name))
    .map((name) => path.join(output, name));
  for (const file of files) await chmod(file, 0o644);
  return { files };
}
