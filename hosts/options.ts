import { parseArgs } from 'node:util';
import { HERE, HOSTS } from './hosts.js';
import type { CreaterepoVariant } from './protocol.js';
import { TEST_SETS, type TestSet } from './test-sets.js';

export type HostsOptions = {
  readonly hosts: readonly string[];
  /** Major versions; empty: the Node that runs this. */
  readonly nodes: readonly string[];
  readonly createrepo: readonly CreaterepoVariant[];
  readonly set: TestSet;
  readonly files: readonly string[];
  readonly jobs: number;
  readonly archive: string | null;
  readonly table: string | null;
  readonly renewLock: boolean;
  readonly help: boolean;
};

const CREATEREPO: readonly CreaterepoVariant[] = ['system', '1.2.5'];
const MAX_JOBS = 16;

export const HOSTS_HELP = `npm run test:hosts [-- OPTIONS] [FILE…]: the tests on other hosts, with their tools

Unpacks roots of Debian from its archive and runs the tests inside, in namespaces of their own, with nothing but loopback
for a network. Nothing is installed, and nothing is left but the cache. hosts/packages.lock.json says which packages
a root has; those that left the archive are replaced by the newest, and named. Needs root's rights, apt-get and dpkg-deb.

  --host NAME        ${[...HOSTS.map(({ name }) => name), HERE].join(', ')} (this machine); again for more
                     (default: all but the last)
  --node MAJOR       a release of Node from npm that the lock names, such as 22; again for more (default: the one that
                     runs this)
  --createrepo V     system or 1.2.5, which pip has and only tests of publication run with; again for more
                     (default: both on other hosts, system on this machine)
  --set NAME         ${TEST_SETS.join(', ')} (default all): adapters, hostile, playground, system and
                     the main job; what an operator's host changes of it; what createrepo_c takes part in; unit, replay and
                     activities; all tiers of npm test
  FILE…              test files or directories, in place of a set
  --jobs N           runs side by side (default 1, at most ${MAX_JOBS})
  --archive URI      Debian's archive (default: COPR_HOSTS_ARCHIVE, else that of this machine's apt)
  --table FILE       writes the table into a file, too
  --renew-lock       writes the newest of everything into the lock, of the hosts and Nodes that are named, and runs nothing
  --help             this text

An archive that does not answer, or no rights, and a host counts as skipped. Exit status: 0 nothing failed, 1 not so,
2 wrong usage. The last line is 'N passed, N failed' or 'N passed, N failed, N skipped'.
`;

/** Parses the arguments; throws a line for people if they are wrong. */
export function parseHostsOptions(
  args: readonly string[],
  known: { readonly nodes: readonly string[]; readonly environment: NodeJS.ProcessEnv },
): HostsOptions {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      host: { type: 'string', multiple: true, default: [] },
      node: { type: 'string', multiple: true, default: [] },
      createrepo: { type: 'string', multiple: true, default: [] },
      set: { type: 'string', default: 'all' },
      jobs: { type: 'string', default: '1' },
      archive: { type: 'string' },
      table: { type: 'string' },
      'renew-lock': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const names = [...HOSTS.map(({ name }) => name), HERE];
  const fromEnvironment = known.environment['COPR_HOSTS_ARCHIVE'];
  return {
    hosts: values.host.length === 0 ? names.filter((name) => name !== HERE) : values.host.map(among('--host', names)),
    // A renewal may name a major version that is not locked yet.
    nodes: values.node.map(values['renew-lock'] ? majorVersion : among('--node', known.nodes)),
    createrepo: values.createrepo.map(among('--createrepo', CREATEREPO)),
    set: among('--set', TEST_SETS)(values.set),
    files: positionals,
    jobs: wholeNumber('--jobs', values.jobs, MAX_JOBS),
    archive: values.archive ?? (fromEnvironment === undefined || fromEnvironment === '' ? null : fromEnvironment),
    table: values.table ?? null,
    renewLock: values['renew-lock'],
    help: values.help,
  };
}

function among<T extends string>(option: string, known: readonly T[]): (word: string) => T {
  return (word) => {
    const found = known.find((name) => name === word);
    if (found === undefined) throw new Error(`${option} is one of ${known.join(', ')}, not '${word}'`);
    return found;
  };
}

function majorVersion(word: string): string {
  if (!/^\d+$/.test(word)) throw new Error(`--node is a major version such as 22, not '${word}'`);
  return word;
}

function wholeNumber(option: string, word: string, most: number): number {
  const number = /^\d+$/.test(word) ? Number(word) : 0;
  if (number < 1 || number > most) throw new Error(`${option} is a whole number from 1 to ${most}, not '${word}'`);
  return number;
}
