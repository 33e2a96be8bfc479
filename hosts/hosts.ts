import { packagesOf, programsFor } from '../scripts/system-programs.mjs';

/** A distribution with whose tools the tests run. */
export type Host = {
  readonly name: string;
  /** The archive's name for it. */
  readonly suite: string;
  /** Requested packages; their dependencies are added. */
  readonly packages: readonly string[];
};

/** Essential packages, which every Debian system has; apt adds them only if a status file lists them. */
const BASE = [
  ...['base-files', 'base-passwd', 'bash', 'coreutils', 'dash', 'debianutils', 'diffutils', 'findutils', 'grep'],
  ...['gzip', 'hostname', 'libc-bin', 'login', 'mawk', 'mount', 'ncurses-bin', 'passwd', 'perl-base', 'sed'],
  ...['sysvinit-utils', 'tar', 'util-linux'],
];

/** In addition to the programs that the product and its tests call: tools for packages, loopback and processes. */
const BESIDE = ['bzip2', 'file', 'git', 'iproute2', 'netcat-openbsd', 'procps', 'unzip', 'xz-utils', 'zstd'];

/**
 * Without the programs of the drills, and without a browser and a message broker with all their dependencies: the
 * backend does not run them, so differences between hosts in them say nothing about it.
 */
const EVERYWHERE = [...new Set([...BASE, ...BESIDE, ...packagesOf(programsFor('drills'), 'apt')])].sort();

/** All hosts, oldest first. */
export const HOSTS: readonly Host[] = [
  { name: 'debian-12', suite: 'bookworm', packages: EVERYWHERE },
  { name: 'debian-13', suite: 'trixie', packages: EVERYWHERE },
  { name: 'debian-sid', suite: 'sid', packages: [...EVERYWHERE, 'dnf5'].sort() },
];

/** The machine itself: the meaning of `--host here`. */
export const HERE = 'here';
