import { packagesOf, programsFor } from '../scripts/system-programs.mjs';

/** A distribution whose tools the tests meet. */
export type Host = {
  readonly name: string;
  /** As the archive calls it. */
  readonly suite: string;
  /** What is asked for; what these depend on comes with them. */
  readonly packages: readonly string[];
};

/** What every Debian system has because it is essential; apt brings it along only where a status says so. */
const BASE = [
  ...['base-files', 'base-passwd', 'bash', 'coreutils', 'dash', 'debianutils', 'diffutils', 'findutils', 'grep'],
  ...['gzip', 'hostname', 'libc-bin', 'login', 'mawk', 'mount', 'ncurses-bin', 'passwd', 'perl-base', 'sed'],
  ...['sysvinit-utils', 'tar', 'util-linux'],
];

/** Beside what the product and its tests call: what packages are packed with, what loopback and processes are seen with. */
const BESIDE = ['bzip2', 'file', 'git', 'iproute2', 'netcat-openbsd', 'procps', 'unzip', 'xz-utils', 'zstd'];

/**
 * A browser and a message broker, with all that they need, stay out, as of the drills: the backend does not run them, so
 * that they differ from host to host says nothing about it.
 */
const EVERYWHERE = [...new Set([...BASE, ...BESIDE, ...packagesOf(programsFor('drills'), 'apt')])].sort();

/** The hosts there are, oldest first. */
export const HOSTS: readonly Host[] = [
  { name: 'debian-12', suite: 'bookworm', packages: EVERYWHERE },
  { name: 'debian-13', suite: 'trixie', packages: EVERYWHERE },
  { name: 'debian-sid', suite: 'sid', packages: [...EVERYWHERE, 'dnf5'].sort() },
];

/** The machine itself: what `--host here` means. */
export const HERE = 'here';
