import { createHash } from 'node:crypto';
import type { ByKind } from '../../src/adapters/repository-store/incremental/documents.js';

/** How much metadata a package has. `fat`: as packages of a distribution with many files and a long history. */
export type Weight = 'thin' | 'fat';

export type SyntheticPackage = { readonly location: string; readonly xml: ByKind<string> };

const AMOUNTS: Readonly<
  Record<Weight, { readonly requires: number; readonly files: number; readonly changes: number }>
> = {
  thin: { requires: 2, files: 1, changes: 0 },
  fat: { requires: 15, files: 60, changes: 10 },
};
const PARTS = ['', '-devel', '-libs'];
const NAMES = 400;
/** No b: createrepo_c puts every path with `bin/` in it into the primary document too. */
const LETTERS = 'acdefghijklmnopqrstuvwxyz';
/** 2025-01-01. */
const EPOCH = 1_735_689_600;

/** `count` packages in builds of three, in no order; always the same for the same arguments. */
export function* syntheticPackages(count: number, weight: Weight): Generator<SyntheticPackage> {
  const random = randomWords(weight);
  for (let index = 0; index < count; index += 1) {
    const build = 1 + Math.floor(index / PARTS.length);
    const base = nameOf(build % NAMES);
    yield packageOf({ base, name: base + (PARTS[index % PARTS.length] ?? ''), build, random, ...AMOUNTS[weight] });
  }
}

/** Name of one of the source packages that all these builds are of. */
export function nameOf(number: number): string {
  return `package${String(number).padStart(4, '0')}`;
}

/** Directory of a build. */
export function buildDirectory(build: number, base: string): string {
  return `${String(build).padStart(8, '0')}-${base}`;
}

type Recipe = {
  readonly base: string;
  readonly name: string;
  readonly build: number;
  readonly random: () => string;
  readonly requires: number;
  readonly files: number;
  readonly changes: number;
};

/** Records as createrepo_c writes them: what it reads, it writes again byte for byte. */
function packageOf({ base, name, build, random, requires, files, changes }: Recipe): SyntheticPackage {
  const file = `${name}-1.0-${build}.x86_64.rpm`;
  const location = `${buildDirectory(build, base)}/${file}`;
  const pkgid = createHash('sha256').update(location).digest('hex');
  const version = `<version epoch="0" ver="1.0" rel="${build}"/>`;
  const time = EPOCH + build * 600;
  const listed = `<package pkgid="${pkgid}" name="${name}" arch="x86_64">\n  ${version}\n`;
  const paths = repeat(files, () => `/usr/share/${random()}/${random()}-${random()}.${random().slice(0, 3)}`);
  const entries = repeat(requires, () => `lib${random()}.so.${build % 9}()(64bit)`).sort();
  // A package's next build says the same about itself.
  const description = repeat(10, randomWords(name)).join(' ');
  const primary = `<package type="rpm">
  <name>${name}</name>
  <arch>x86_64</arch>
  ${version}
  <checksum type="sha256" pkgid="YES">${pkgid}</checksum>
  <summary>Files of ${base}</summary>
  <description>${description}</description>
  <packager></packager>
  <url>https://example.org/${base}</url>
  <time file="${time}" build="${time - 60}"/>
  <size package="${6000 + build}" installed="${9000 + build}" archive="${9800 + build}"/>
  <location href="${location}"/>
  <format>
    <rpm:license>MIT</rpm:license>
    <rpm:vendor>Fedora Copr - user example</rpm:vendor>
    <rpm:group>Unspecified</rpm:group>
    <rpm:buildhost>builder</rpm:buildhost>
    <rpm:sourcerpm>${base}-1.0-${build}.src.rpm</rpm:sourcerpm>
    <rpm:header-range start="4504" end="${5400 + (build % 1000)}"/>
    <rpm:provides>
      <rpm:entry name="${name}" flags="EQ" epoch="0" ver="1.0" rel="${build}"/>
      <rpm:entry name="${name}(x86-64)" flags="EQ" epoch="0" ver="1.0" rel="${build}"/>
    </rpm:provides>
    <rpm:requires>
${entries.map((entry) => `      <rpm:entry name="${entry}"/>\n`).join('')}    </rpm:requires>
  </format>
</package>
`;
  const changelog = repeat(changes, (at) => {
    const text = `- ${repeat(12, random).join(' ')}`;
    return `  <changelog author="${random()} &lt;${random()}@example.org&gt; - 1.0-${at}" date="${time - 86_400 * (changes - at)}">${text}</changelog>\n`;
  });
  return {
    location,
    xml: {
      primary,
      filelists: `${listed}${paths.map((one) => `  <file>${one}</file>\n`).join('')}</package>\n`,
      other: `${listed}${changelog.join('')}</package>\n`,
    },
  };
}

function repeat(times: number, make: (index: number) => string): string[] {
  return Array.from({ length: times }, (_, index) => make(index));
}

/** Words from a linear congruential generator: the same ones on every machine. */
function randomWords(seed: string): () => string {
  let state = createHash('sha256').update(seed).digest().readUInt32LE(0);
  const next = (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state >>> 8) % below;
  };
  return () => Array.from({ length: 4 + next(7) }, () => LETTERS.charAt(next(LETTERS.length))).join('');
}
