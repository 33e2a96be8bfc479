import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { runCommand } from '../../src/adapters/process/run-command.js';

const HEAD = ['Release: 1', 'License: MIT', 'Summary: R&D <x> "y" \u00fc'];
const TEXT = ['%description', 'a & b < c > d "e" \'f\' &amp; &#38;', '', '  indented,\ttabbed'];

/** Specs of packages of the kinds that people build and that metadata has been wrong about, by their names. */
const ODD: Readonly<Record<string, readonly string[]>> = {
  versions: ['Version: 1.0~rc1^git1', 'Epoch: 7', 'BuildArch: noarch', ...HEAD, ...TEXT, '%files'],
  deps: [
    ...['Version: 1', 'BuildArch: noarch', ...HEAD],
    ...['Provides: font(x&y)', 'Provides: a(b<c)', 'Requires: (a if (b or c&d))', 'Recommends: r >= 1:2~3'],
    ...['Suggests: s', 'Supplements: (p and q)', 'Enhances: e', 'Conflicts: c < 1', 'Obsoletes: o <= 0:1-2'],
    ...['Requires(pre): /bin/sh', ...TEXT, '%pre', 'true', '%files'],
  ],
  files: [
    ...['Version: 1', 'BuildArch: noarch', ...HEAD, ...TEXT, '%install'],
    ...['mkdir -p "%{buildroot}/etc/odd" "%{buildroot}/usr/bin"', 'cd "%{buildroot}/etc/odd"'],
    ...[`touch 'a b' 'c&d' 'e<f' "g'h" 'i"j' '\u00fc' 'config' 'ghost'`, 'touch ../../usr/bin/odd'],
    ...['%files', '%dir /etc/odd', '"/etc/odd/a b"', '/etc/odd/c&d', '/etc/odd/e<f', `/etc/odd/g'h`],
    ...[
      '/etc/odd/i?j',
      '/etc/odd/\u00fc',
      '%config(noreplace) /etc/odd/config',
      '%ghost /etc/odd/ghost',
      '/usr/bin/odd',
    ],
  ],
  history: [
    ...['Version: 1', 'BuildArch: noarch', ...HEAD, ...TEXT, '%files', '%changelog'],
    ...Array.from({ length: 300 }, (_, at) => [
      `* ${new Date(Date.UTC(2020, 0, 300 - at)).toUTCString().replace(/^(\w+), (\d+) (\w+) (\d+).*/, '$1 $3 $2 $4')} A & B <a@b> - ${300 - at}`,
      `- ${'words & more '.repeat(20)}`,
    ]).flat(),
  ],
  arch: [
    'Version: 1',
    'ExclusiveArch: %{_host_cpu}',
    ...HEAD,
    ...TEXT,
    '%package data',
    'Summary: x',
    'BuildArch: noarch',
    '%description data',
    'x',
    '%files',
    '%files data',
  ],
  many: [
    ...['Version: 1', 'BuildArch: noarch', ...HEAD, ...TEXT],
    ...Array.from({ length: 40 }, (_, at) => [
      `%package s${at}`,
      `Summary: ${at}`,
      `%description s${at}`,
      'x',
      `%files s${at}`,
    ]).flat(),
  ],
};

/** Names of the odd packages. */
export const ODD_NAMES = Object.keys(ODD);

/** Builds the odd package `name`, with its source package, into `directory`; a Latin-1 text stands in each. */
export async function givenOddRpms(directory: string, name: string): Promise<void> {
  const work = path.join(directory, '.rpmbuild');
  await mkdir(work, { recursive: true });
  const spec = [`Name: odd-${name}`, 'Packager: M\u00fcller', ...(ODD[name] ?? []), ''].join('\n');
  // Half in UTF-8, half not: rpmbuild takes both, and metadata must be UTF-8.
  const bytes = Buffer.concat(
    spec
      .split('M\u00fcller')
      .flatMap((part, at) => [...(at === 0 ? [] : [Buffer.from('M\u00fcller', 'latin1')]), Buffer.from(part)]),
  );
  await writeFile(path.join(work, 'odd.spec'), bytes);
  const places = ['_topdir', '_rpmdir', '_srcrpmdir', '_builddir', 'buildroot'];
  const defines = [
    ...places.map((macro) => `${macro} ${work}/${macro}`),
    ...['_build_name_fmt %%{NAME}-%%{VERSION}-%%{RELEASE}.%%{ARCH}.rpm', '_invalid_encoding_terminates_build 0'],
  ];
  const args = ['-ba', '--quiet', ...defines.flatMap((define) => ['--define', define]), path.join(work, 'odd.spec')];
  const result = await runCommand('rpmbuild', args, { timeoutMs: 120_000, env: { HOME: work } });
  if (result.code !== 0) throw new Error(result.summary);
  for (const from of ['_rpmdir', '_srcrpmdir'])
    for (const file of await readdir(path.join(work, from)))
      await rename(path.join(work, from, file), path.join(directory, file));
  await rm(work, { recursive: true, force: true });
}
