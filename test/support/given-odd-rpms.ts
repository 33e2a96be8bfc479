import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { runCommand } from '../../src/adapters/process/run-command.js';
import { givenRustRpms, RUST_KINDS } from './given-rust-rpms.js';

/** A text in Latin-1 in every package: rpmbuild accepts it, but metadata must be UTF-8. */
const LATIN_1 = 'M\u00fcller';

type OddSpec = {
  /** Follows the common head; `%{odd}` is the requested release. */
  readonly lines: readonly string[];
  readonly release?: string;
  /** Target architectures, built one after the other; default: the machine's and `noarch`. */
  readonly targets?: readonly string[];
  /** File names of binary packages, in rpmbuild's query format. */
  readonly fileName?: string;
};

const NOARCH = ['Version: 1', 'BuildArch: noarch'];
const TEXT = ['%description', `a & b < c > d "e" 'f' &amp; &#38; ${LATIN_1}`, '', '  indented,\ttabbed'];

/** Packages of kinds that people build and for which metadata has been wrong, by their names. */
const ODD: Readonly<Record<string, OddSpec>> = {
  versions: { lines: ['Version: 1.0~rc1^git1', 'Epoch: 7', 'BuildArch: noarch', ...TEXT, '%files'] },
  deps: {
    lines: [
      ...NOARCH,
      ...['Provides: font(x&y)', 'Provides: a(b<c)', 'Provides: config(odd) = 3:1~2^4', 'Requires: /bin/sh'],
      ...['Requires: (a if (b or c&d))', 'Requires: (x >= 1~rc1 with x < 2^)', 'Requires: (u or (v and w))'],
      ...['Recommends: r >= 1:2~3', 'Suggests: s', 'Supplements: (p and q)', 'Enhances: e'],
      ...['Conflicts: c < 1', 'Conflicts: (m unless n)', 'Obsoletes: o <= 0:1-2', 'Requires(pre): /bin/sh'],
      ...[...TEXT, '%pre', 'true', '%files'],
    ],
  },
  files: {
    lines: [
      ...[...NOARCH, ...TEXT, '%install'],
      ...['mkdir -p "%{buildroot}/etc/odd" "%{buildroot}/usr/bin"', 'cd "%{buildroot}/etc/odd"'],
      ...[`touch 'a b' 'c&d' 'e<f' "g'h" 'i"j' '\u00fc' '${LATIN_1}' '${'long'.repeat(60)}' 'config' 'ghost'`],
      ...['touch ../../usr/bin/odd', 'ln -s nowhere link'],
      ...['%files', '%dir /etc/odd', '"/etc/odd/a b"', '/etc/odd/c&d', '/etc/odd/e<f', `/etc/odd/g'h`],
      ...['/etc/odd/i?j', '/etc/odd/\u00fc', `/etc/odd/${LATIN_1}`, '/etc/odd/long*', '/etc/odd/link'],
      ...['%config(noreplace) /etc/odd/config', '%ghost /etc/odd/ghost', '%ghost %dir /etc/odd', '/usr/bin/odd'],
    ],
  },
  history: {
    lines: [
      ...[...NOARCH, ...TEXT, '%files', '%changelog'],
      ...Array.from({ length: 2000 }, (_, at) => [
        `* ${new Date(Date.UTC(2020, 0, 300 - at)).toUTCString().replace(/^(\w+), (\d+) (\w+) (\d+).*/, '$1 $3 $2 $4')} A & B <a@b> - ${2000 - at}`,
        `- ${'words & more '.repeat(at === 0 ? 10_000 : 20)}${LATIN_1}`,
      ]).flat(),
    ],
  },
  arch: {
    lines: [
      ...['Version: 1', 'ExclusiveArch: %{_host_cpu}', ...TEXT],
      ...[...subpackage('data', ['BuildArch: noarch']), '%files', '%files data'],
    ],
  },
  targets: {
    lines: [
      ...['Version: 1', 'Epoch: 0', 'Requires: %{name}-libs%{?_isa} = 0:%{version}-%{release}', ...TEXT],
      ...[...subpackage('libs'), ...subpackage('devel', ['Requires: %{name}%{?_isa}'])],
      ...['%files', '%files libs', '%files devel'],
    ],
    targets: ['x86_64', 'i686'],
  },
  debug: {
    lines: [
      ...[...NOARCH, ...TEXT, '%define id /usr/lib/debug/.build-id/ab/cdef0123'],
      ...subpackage('debuginfo', ['Group: Development/Debug', 'Provides: debuginfo(build-id) = abcdef0123']),
      ...[...subpackage('debugsource'), ...subpackage('libs-debuginfo', ['Recommends: %{name}-debugsource'])],
      ...['%install', 'mkdir -p "%{buildroot}/usr/lib/debug/.build-id/ab" "%{buildroot}/usr/src/debug/odd"'],
      ...['ln -s ../../../../bin/odd "%{buildroot}%{id}"', 'touch "%{buildroot}%{id}.debug"'],
      ...['touch "%{buildroot}/usr/src/debug/odd/x++.c"'],
      ...['%files', '%files debuginfo', '%{id}', '%{id}.debug', '%files debugsource', '/usr/src/debug/odd'],
      '%files libs-debuginfo',
    ],
  },
  names: {
    lines: [...NOARCH, ...TEXT, ...subpackage('c++_x.y'), '%files', '%files c++_x.y'],
    release: '%{odd}.x%{nowhere}',
    fileName: '%{NAME}@%{VERSION}+\u00fc~%{RELEASE}^.%{ARCH}.rpm',
  },
  many: { lines: [...NOARCH, ...TEXT, ...subpackages(40)] },
};

/** A package of gigabytes takes minutes on a busy machine. */
const BUILD_MS = 20 * 60_000;

const RUST = 'rs-';

/** Names of the odd packages; those that rpm-rs makes begin with `rs-`. */
export const ODD_NAMES = [...Object.keys(ODD), ...RUST_KINDS.map((kind) => `${RUST}${kind}`)];

/**
 * Builds the odd package `name` into `directory`, with its source package if rpmbuild makes it. The same name with
 * another release gives another build of it.
 */
export async function givenOddRpms(directory: string, name: string, release = '1'): Promise<void> {
  if (name.startsWith(RUST)) return givenRustRpms(directory, name.slice(RUST.length), release);
  const spec = ODD[name];
  if (spec === undefined) throw new Error(`there is no odd package ${name}`);
  await buildOdd(directory, `odd-${name}`, release, spec);
}

/** Builds a package with `count` subpackages but without a main binary package, and its source package. */
export function givenManyRpms(directory: string, count: number, release = '1'): Promise<void> {
  return buildOdd(directory, `odd-${count}`, release, { lines: [...NOARCH, ...TEXT, ...subpackages(count)] });
}

/**
 * Builds a package with one file of this many zeros, with its source package. `payload` is rpm's notation for how the
 * file is compressed (`_binary_payload`).
 */
export function givenLargeRpms(
  directory: string,
  large: { readonly name: string; readonly bytes: number; readonly payload: string; readonly release: string },
): Promise<void> {
  const file = '/usr/share/odd/large';
  const install = ['%install', 'mkdir -p %{buildroot}/usr/share/odd', `truncate -s ${large.bytes} %{buildroot}${file}`];
  const lines = [`%define _binary_payload ${large.payload}`, ...NOARCH, ...TEXT, ...install, '%files', file];
  return buildOdd(directory, large.name, large.release, { lines });
}

async function buildOdd(directory: string, name: string, odd: string, spec: OddSpec): Promise<void> {
  const work = path.join(directory, '.rpmbuild');
  await mkdir(work, { recursive: true });
  const head = [`Name: ${name}`, `Release: ${spec.release ?? '%{odd}'}`, 'License: MIT', `Packager: ${LATIN_1}`];
  const text = [...head, 'Summary: R&D <x> "y" \u00fc', ...spec.lines, ''].join('\n');
  await writeFile(path.join(work, 'odd.spec'), halfInLatin1(text));
  const places = ['_topdir', '_rpmdir', '_srcrpmdir', '_builddir', 'buildroot'];
  const fileName = spec.fileName ?? '%{NAME}-%{VERSION}-%{RELEASE}.%{ARCH}.rpm';
  const defines = [
    ...places.map((macro) => `${macro} ${work}/${macro}`),
    ...[`odd ${odd}`, `_build_name_fmt ${fileName.replaceAll('%', '%%')}`, '_invalid_encoding_terminates_build 0'],
  ];
  for (const [at, target] of (spec.targets ?? [null]).entries()) {
    const args = [
      ...[at === 0 ? '-ba' : '-bb', '--quiet', ...(target === null ? [] : ['--target', target])],
      ...[...defines.flatMap((define) => ['--define', define]), path.join(work, 'odd.spec')],
    ];
    const result = await runCommand('rpmbuild', args, { timeoutMs: BUILD_MS, env: { HOME: work } });
    if (result.code !== 0) throw new Error(result.summary);
  }
  for (const from of ['_rpmdir', '_srcrpmdir'])
    for (const file of await readdir(path.join(work, from)))
      await rename(path.join(work, from, file), path.join(directory, file));
  await rm(work, { recursive: true, force: true });
}

function subpackage(name: string, head: readonly string[] = []): readonly string[] {
  return [`%package ${name}`, `Summary: ${name}`, ...head, `%description ${name}`, 'x'];
}

function subpackages(count: number): readonly string[] {
  const names = Array.from({ length: count }, (_, at) => `s${at}`);
  return [...names.flatMap((name) => subpackage(name)), ...names.map((name) => `%files ${name}`)];
}

function halfInLatin1(text: string): Buffer {
  const parts = text.split(LATIN_1).map((part) => Buffer.from(part));
  return Buffer.concat(parts.flatMap((part, at) => (at === 0 ? [part] : [Buffer.from(LATIN_1, 'latin1'), part])));
}
