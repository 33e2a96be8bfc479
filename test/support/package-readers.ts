import assert from 'node:assert/strict';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { runCommand } from '../../src/adapters/process/run-command.js';
import { dnf5Repoquery, repoquery } from './dnf-client.js';
import { givenDirectory } from './given-directory.js';

/** Exit status of zypper. */
const NOTHING_FOUND = 104;
/** Dependencies that both clients show. */
const DEPENDENCIES = [
  'provides',
  'requires',
  'conflicts',
  'obsoletes',
  'recommends',
  'suggests',
  'supplements',
] as const;

/** A reader's view of a package. */
type ReadPackage = {
  /** `odd-deps-0:1-1.noarch`; a source package has the arch `src`. */
  readonly nevra: string;
  /** By field: its lines, sorted. Null: this reader does not show them for this package. */
  readonly says: Readonly<Record<string, readonly string[]>> | null;
};

type ReadPackages = { readonly packages: readonly ReadPackage[]; readonly files: readonly string[] };

const FIELDS = ['summary', 'description', ...DEPENDENCIES];

/** The facts that rpm reads from packages. Bytes that are not UTF-8 are read as the only such letter used here. */
async function readWithRpm(rpms: readonly string[]): Promise<ReadPackages> {
  const arrays = DEPENDENCIES.map((name) => `#${name}\\n[%{${name.slice(0, -1).toUpperCase()}NEVRS}\\n]`);
  const nevra = '@%{NAME}-%|EPOCH?{%{EPOCH}}:{0}|:%{VERSION}-%{RELEASE}.%|SOURCERPM?{%{ARCH}}:{src}|';
  const format = `${nevra}\\n#summary\\n%{SUMMARY}\\n#description\\n%{DESCRIPTION}\\n${arrays.join('')}`;
  const query = async (files: readonly string[], wanted: readonly string[]): Promise<readonly string[]> => {
    const args = ['-qp', '--noglob', '--nomanifest', '--nosignature', '--nodigest', ...wanted, ...files];
    const { code, summary, stdout } = await runCommand('rpm', args, { timeoutMs: 120_000, maxBytes: 64 * 1024 * 1024 });
    assert.equal(code, 0, summary);
    return stdout.replaceAll('\ufffd', '\u00fc').split('\n');
  };
  const binaries = rpms.filter((file) => !file.endsWith('.src.rpm'));
  return {
    packages: sorted(packagesIn(await query(rpms, ['--queryformat', format]))),
    files: unique((await query(binaries, ['--list'])).filter((line) => line.startsWith('/'))),
  };
}

/** The packages that dnf reads from a repository, with its state in `directory`. */
async function readWithDnf(directory: string, repository: string): Promise<ReadPackages> {
  const format = ['@%{name}-%{epoch}:%{version}-%{release}.%{arch}', ...FIELDS.map((name) => `#${name}\n%{${name}}`)];
  const lines = await repoquery(directory, repository, ['--qf', format.join('\n')]);
  const files = await repoquery(directory, repository, ['-l', '--arch=noarch,i686,x86_64']);
  return { packages: sorted(packagesIn(lines)), files: unique(files) };
}

/** The packages that dnf5 reads from a repository, with its state in `directory`. */
async function readWithDnf5(directory: string, repository: string): Promise<ReadPackages> {
  const format = ['@%{name}-%{epoch}:%{version}-%{release}.%{arch}', ...FIELDS.map((name) => `#${name}\\n%{${name}}`)];
  const lines = await dnf5Repoquery(directory, repository, ['--queryformat', `${format.join('\\n')}\\n`]);
  const files = await dnf5Repoquery(directory, repository, ['--files', '--arch=noarch,i686,x86_64']);
  return { packages: sorted(packagesIn(lines)), files: unique(files) };
}

/**
 * The facts that zypper reads from a repository, with its state in `directory`: for each name the dependencies of the
 * package that it would install, and the files of the directories in `primary.xml`.
 */
async function readWithZypper(directory: string, repository: string): Promise<ReadPackages> {
  const place = (name: string): string => path.join(directory, name);
  for (const name of ['root', 'repos', 'cache']) await mkdir(place(name), { recursive: true });
  await writeFile(place('zypp.conf'), '[main]\narch = x86_64\n');
  const options = [
    ...['--non-interactive', '--no-gpg-checks', '--root', place('root'), '--reposd-dir', place('repos')],
    ...['--cache-dir', place('cache'), '--plus-repo', `dir://${repository}`],
  ];
  const zypper = async (...args: readonly string[]): Promise<readonly string[]> => {
    const { code, summary, stdout } = await runCommand('zypper', [...options, ...args], {
      ...{ env: { HOME: directory, ZYPP_CONF: place('zypp.conf') }, timeoutMs: 60_000, maxBytes: 64 * 1024 * 1024 },
    });
    assert.ok(code === 0 || code === NOTHING_FOUND, summary);
    return stdout.split('\n');
  };
  const listed = (await zypper('--xmlout', 'search', '--details')).flatMap((line) => {
    const value = (name: string): string => new RegExp(` ${name}="([^"]*)"`).exec(line)?.[1] ?? '';
    if (!line.startsWith('<solvable ')) return [];
    const isSource = value('kind') === 'srcpackage';
    return [{ name: value('name'), isSource, nevra: nevraOf({ ...zypperFacts(value), isSource }) }];
  });
  const names = unique(listed.filter(({ isSource }) => !isSource).map(({ name }) => name));
  const told = new Map(
    zypperTells(await zypper('info', ...DEPENDENCIES.map((name) => `--${name}`), ...names)).map((one) => [
      one.nevra,
      one,
    ]),
  );
  const found = await zypper('--verbose', 'search', '--verbose', '--file-list', '--match-substrings', '/');
  return {
    packages: sorted(listed.map(({ nevra }) => told.get(nevra) ?? { nevra, says: null })),
    files: unique(found.flatMap((line) => /^ {4}filelist: (.*)$/.exec(line)?.[1] ?? [])),
  };
}

/**
 * Asserts that dnf and zypper read from a chroot directory what rpm reads from its packages; returns these, with
 * absolute paths.
 */
export async function assertClientsReadWhatRpmReads(chroot: string): Promise<readonly string[]> {
  const rpms = await rpmsIn(chroot);
  const clients = await givenDirectory();
  try {
    const packages = await readWithRpm(rpms);
    const dnf = await readWithDnf(path.join(clients.path, 'dnf'), chroot);
    assertReadAlike(dnf, packages);
    assert.deepEqual(dnf.files, packages.files);
    const zypper = await readWithZypper(path.join(clients.path, 'zypper'), chroot);
    assertReadAlike(zypper, packages);
    assert.deepEqual(zypper.files, unique(packages.files.filter(isPrimaryFile).map(inOneColumn)));
  } finally {
    await clients.remove();
  }
  return rpms;
}

/** Like `assertClientsReadWhatRpmReads`, with dnf5, which Debian has from 14 on. */
export async function assertDnf5ReadsWhatRpmReads(chroot: string): Promise<void> {
  const packages = await readWithRpm(await rpmsIn(chroot));
  const client = await givenDirectory();
  try {
    const dnf5 = await readWithDnf5(client.path, chroot);
    assertReadAlike(dnf5, packages);
    assert.deepEqual(dnf5.files, packages.files);
  } finally {
    await client.remove();
  }
}

/** Packages below a directory, with absolute paths. */
export async function rpmsIn(directory: string): Promise<readonly string[]> {
  const names = await readdir(directory, { recursive: true });
  return names.filter((name) => name.endsWith('.rpm')).map((name) => path.join(directory, name));
}

/** True for files that are in `primary.xml`, which is all that clients read unless they are asked for more. */
function isPrimaryFile(file: string): boolean {
  return file.startsWith('/etc/') || file.includes('bin/') || file === '/usr/lib/sendmail';
}

/** zypper omits a blank at the end of a name, and prints a tab as a blank. */
function inOneColumn(file: string): string {
  return file.replaceAll('\t', ' ').trimEnd();
}

/** Asserts that both name the same packages, and give the same facts wherever both give any. */
function assertReadAlike(one: ReadPackages, other: ReadPackages): void {
  const names = ({ packages }: ReadPackages): readonly string[] => packages.map(({ nevra }) => nevra);
  assert.deepEqual(names(one), names(other));
  for (const [at, { nevra, says }] of one.packages.entries()) {
    const theirs = other.packages[at]?.says ?? null;
    if (says !== null && theirs !== null) assert.deepEqual(says, theirs, nevra);
  }
}

type Facts = { readonly name: string; readonly edition: string; readonly arch: string; readonly isSource: boolean };

/** Editions contain their epoch only if it is not 0. */
function nevraOf({ name, edition, arch, isSource }: Facts): string {
  return `${name}-${edition.includes(':') ? '' : '0:'}${edition}.${isSource ? 'src' : arch}`;
}

function zypperFacts(value: (name: string) => string): Omit<Facts, 'isSource'> {
  return { name: value('name'), edition: value('edition'), arch: value('arch') };
}

/** Blocks that begin with `@nevra`; their fields begin with `#field`. */
function packagesIn(lines: readonly string[]): readonly ReadPackage[] {
  const packages: { nevra: string; says: Record<string, string[]> }[] = [];
  let field: string[] = [];
  for (const line of lines) {
    if (line.startsWith('@')) packages.push({ nevra: line.slice(1), says: {} });
    else if (line.startsWith('#')) {
      field = [];
      const package_ = packages.at(-1);
      if (package_ !== undefined) package_.says[line.slice(1)] = field;
    } else field.push(line);
  }
  return packages.map(({ nevra, says }) => ({ nevra, says: normalized(says) }));
}

/** `Name  : value` lines, or a list below `Name  : [2]`, indented by four. */
function zypperTells(lines: readonly string[]): readonly ReadPackage[] {
  const packages: Record<string, string[]>[] = [];
  let field: string[] = [];
  for (const line of lines) {
    const head = /^(\w[\w ]*\w) +: ?(.*)$/.exec(line);
    if (line.startsWith('Information for package ')) packages.push({});
    else if (head === null) field.push(...(/^-+$/.test(line) ? [] : [line]));
    else {
      const [, name = '', value = ''] = head;
      field = value === '' || value === '---' || /^\[\d+\]$/.test(value) ? [] : [value];
      const package_ = packages.at(-1);
      if (package_ !== undefined) package_[name.toLowerCase()] = field;
    }
  }
  return packages.map((says) => {
    const value = (name: string): string => says[name]?.[0] ?? '';
    const facts = { name: value('name'), edition: value('version'), arch: value('arch'), isSource: false };
    return { nevra: nevraOf(facts), says: normalized(says) };
  });
}

/**
 * Text becomes one line, because each client wraps it differently; rpm and dnf print `(none)` for none. `rpmlib(…)`,
 * and what a package requires of itself, are for rpm alone; an epoch of 0 is none.
 */
function normalized(says: Readonly<Record<string, readonly string[]>>): Readonly<Record<string, readonly string[]>> {
  const lines = (name: string): readonly string[] => (says[name] ?? []).map((line) => line.trim()).filter(Boolean);
  const text = (name: string): readonly string[] => [
    lines(name)
      .join(' ')
      .replace(/\s+/g, ' ')
      .replace(/^\(none\)$/, ''),
  ];
  const relations = (name: string): readonly string[] =>
    unique(lines(name).map((line) => line.replace(/ 0:/g, ' '))).filter((line) => !line.startsWith('rpmlib('));
  const provides = new Set(relations('provides'));
  return {
    ...Object.fromEntries(DEPENDENCIES.map((name) => [name, relations(name)])),
    requires: relations('requires').filter((line) => !provides.has(line)),
    ...{ summary: text('summary'), description: text('description') },
  };
}

function unique(lines: readonly string[]): readonly string[] {
  return [...new Set(lines)].sort();
}

function sorted(packages: readonly ReadPackage[]): readonly ReadPackage[] {
  return packages.toSorted((one, other) => (one.nevra < other.nevra ? -1 : 1));
}
