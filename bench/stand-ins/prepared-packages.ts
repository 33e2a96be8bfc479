import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from '../../src/adapters/process/run-command.js';

/** Name of the source package, and the prefix of its parts' names. */
export const PACKAGE = 'bench-package';

/** A different name for each build's RPM, so that metadata and signatures cannot be shared. */
export function partName(index: number): string {
  return `${PACKAGE}-${index}`;
}

/** A spec of one source package with `count` noarch parts; part 0 alone is a normal package. */
export function packageSpec(count: number): string {
  const parts = Array.from({ length: count }, (_, index) => partName(index));
  const sections = parts.map(
    (name) => `%package -n ${name}
Summary: A part
%description -n ${name}
A part.
%files -n ${name}
/usr/share/bench/${name}
`,
  );
  return `Name: ${PACKAGE}
Version: 1.0
Release: 1
Summary: What the bench builds
License: Apache-2.0
BuildArch: noarch
AutoReqProv: no
%description
Small packages without content.
%prep
%build
%install
mkdir -p %{buildroot}/usr/share/bench
i=0; while [ $i -lt ${count} ]; do echo $i >%{buildroot}/usr/share/bench/${PACKAGE}-$i; i=$((i+1)); done
${sections.join('\n')}`;
}

/**
 * Builds the packages once. Afterwards `<directory>/<index>/` contains what copr-rpmbuild leaves of one build: a noarch
 * RPM, the source RPM, results.json.
 */
export async function preparePackages(directory: string, count: number): Promise<void> {
  const scratch = join(directory, 'rpmbuild');
  mkdirSync(scratch, { recursive: true });
  const spec = join(scratch, `${PACKAGE}.spec`);
  writeFileSync(spec, packageSpec(count));
  const defines = [
    ...[`_topdir ${scratch}`, `_rpmdir ${scratch}/out`, `_srcrpmdir ${scratch}/out`, `_tmppath ${scratch}`],
    ...['dist %{nil}', '_source_filedigest_algorithm 8', '_binary_filedigest_algorithm 8'],
  ];
  const built = await runCommand(
    'rpmbuild',
    ['-ba', '--nodeps', '--dbpath', join(scratch, 'db'), ...defines.flatMap((define) => ['--define', define]), spec],
    { timeoutMs: 600_000 },
  );
  if (built.code !== 0) throw new Error(`the packages of the bench cannot be built: ${built.summary}`);
  for (let index = 0; index < count; index += 1) {
    const target = join(directory, String(index));
    mkdirSync(target, { recursive: true });
    const source = `${PACKAGE}-1.0-1.src.rpm`;
    const binary = `${partName(index)}-1.0-1.noarch.rpm`;
    copyFileSync(join(scratch, 'out', source), join(target, source));
    copyFileSync(join(scratch, 'out', 'noarch', binary), join(target, binary));
    const facts = { epoch: null, version: '1.0', release: '1' };
    const packages = [
      { name: PACKAGE, ...facts, arch: 'src' },
      { name: partName(index), ...facts, arch: 'noarch' },
    ];
    writeFileSync(join(target, 'results.json'), `${JSON.stringify({ packages })}\n`);
  }
  rmSync(scratch, { recursive: true, force: true });
}
