import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand, type CommandResult } from '../src/adapters/process/run-command.js';
import { isUnreachable, packagesShown, planned } from './apt-output.js';
import type { LockedPackage } from './lock.js';

/** The archive does not answer, which is nobody's fault here. */
export class ArchiveUnreachable extends Error {}

/** An apt that knows one suite of one archive and nothing of the machine on which it runs. */
export type IsolatedApt = {
  /** Fetches the lists; throws `ArchiveUnreachable`. */
  readonly update: () => Promise<void>;
  /** The versions of these packages that the archive has now. */
  readonly available: (names: readonly string[]) => Promise<readonly LockedPackage[]>;
  /** Everything that `requests` (`name` or `name=version`) need, including themselves; null if they conflict. */
  readonly plan: (
    requests: readonly string[],
  ) => Promise<readonly { readonly name: string; readonly version: string }[] | null>;
  /** Fetches everything that `requests` need into the directory of archives; throws `ArchiveUnreachable`. */
  readonly download: (requests: readonly string[]) => Promise<void>;
};

const UPDATE_MS = 5 * 60_000;
const DOWNLOAD_MS = 15 * 60_000;
const QUESTION_MS = 2 * 60_000;
const MAX_BYTES = 64 * 1024 ** 2;

/**
 * apt with its own lists, status and archives, configured as in apt.conf(5). The machine's settings for reaching
 * archives (proxies, credentials) apply here too; its hooks do not. A list may be older than its expiry date, because
 * an archive may be a snapshot.
 */
export async function createIsolatedApt(what: {
  readonly directory: string;
  readonly archives: string;
  readonly architecture: string;
  readonly suite: string;
  readonly archive: string;
  readonly keyring: string;
  readonly signal: AbortSignal;
}): Promise<IsolatedApt> {
  const { directory } = what;
  const place = (name: string): string => join(directory, name);
  for (const name of [
    'lists/partial',
    'etc/preferences.d',
    'etc/apt.conf.d',
    'etc/sources.list.d',
    'dpkg',
    'nothing/partial',
  ]) {
    mkdirSync(place(name), { recursive: true });
  }
  mkdirSync(join(what.archives, 'partial'), { recursive: true });
  writeFileSync(place('dpkg/status'), '');
  writeFileSync(place('etc/sources.list'), `deb [signed-by=${what.keyring}] ${what.archive} ${what.suite} main\n`);
  const access = await runCommand('apt-config', ['dump', 'Acquire'], { timeoutMs: QUESTION_MS, signal: what.signal });
  if (access.code !== 0) throw new Error(access.summary);
  const settings = {
    'Dir::State': directory,
    'Dir::State::status': place('dpkg/status'),
    'Dir::State::lists': place('lists'),
    'Dir::Cache': directory,
    'Dir::Cache::archives': what.archives,
    'Dir::Etc': place('etc'),
    'Dir::Etc::netrc': '/etc/apt/auth.conf',
    'Dir::Etc::netrcparts': '/etc/apt/auth.conf.d',
    'APT::Architecture': what.architecture,
    'APT::Architectures': what.architecture,
    'APT::Install-Recommends': 'false',
    'APT::Sandbox::User': 'root',
    'APT::Update::Error-Mode': 'any',
    'Acquire::Check-Valid-Until': 'false',
    'Acquire::Languages': 'none',
    'Acquire::Retries': '2',
    'Acquire::http::Timeout': '20',
    'Acquire::https::Timeout': '20',
  };
  const lines = Object.entries(settings).map(([key, value]) => `${key} "${value}";\n`);
  writeFileSync(place('apt.conf'), [...waysToArchives(access.stdout), ...lines].join(''));

  const run = (program: string, args: readonly string[], timeoutMs: number): Promise<CommandResult> =>
    runCommand(program, args, {
      ...{ env: { APT_CONFIG: place('apt.conf') }, timeoutMs, signal: what.signal, maxBytes: MAX_BYTES },
    });
  const fetched = (result: CommandResult): void => {
    what.signal.throwIfAborted();
    if (result.code === 0) return;
    if (result.timedOut || isUnreachable(result.stderr)) throw new ArchiveUnreachable(firstError(result));
    throw new Error(`apt of ${what.suite}: ${firstError(result)}`);
  };
  return {
    update: async () => fetched(await run('apt-get', ['-qq', 'update'], UPDATE_MS)),
    available: async (names) => {
      // Its exit status reports names that the archive does not have, which is what is asked.
      const { stdout } = await run('apt-cache', ['show', '--all-versions', ...names], QUESTION_MS);
      return packagesShown(stdout);
    },
    plan: async (requests) => {
      // It lists only what it would fetch: with an empty directory, that is everything.
      const args = ['-qq', '-y', '-o', `Dir::Cache::archives=${place('nothing')}`, 'install', '--print-uris'];
      const result = await run('apt-get', [...args, ...requests], QUESTION_MS);
      what.signal.throwIfAborted();
      return result.code === 0 ? planned(result.stdout) : null;
    },
    download: async (requests) =>
      fetched(await run('apt-get', ['-qq', '-y', 'install', '--download-only', ...requests], DOWNLOAD_MS)),
  };
}

/** The machine's apt settings for reaching archives: proxies, certificates, which IP. */
function waysToArchives(dump: string): readonly string[] {
  return dump.split('\n').flatMap((line) => (/^Acquire::(https?|ForceIPv)/.test(line) ? [`${line}\n`] : []));
}

function firstError({ stderr, summary }: CommandResult): string {
  return stderr.split('\n').find((line) => line.startsWith('E: ')) ?? summary;
}
