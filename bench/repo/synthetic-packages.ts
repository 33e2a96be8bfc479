import { createHash } from 'node:crypto';
import { writeRpm } from './rpm-file.js';

/** The amount of metadata of a package. `fat`: like packages of a distribution with many files and a long history. */
export type Weight = 'thin' | 'fat';

/** `location` is the path below the chroot directory, `rpm` the file. */
export type SyntheticPackage = { readonly location: string; readonly rpm: Buffer };

const AMOUNTS: Readonly<
  Record<Weight, { readonly requires: number; readonly files: number; readonly changes: number }>
> = {
  thin: { requires: 2, files: 1, changes: 0 },
  fat: { requires: 15, files: 60, changes: 10 },
};
const PARTS = ['', '-devel', '-libs'];
const NAMES = 400;
/** Without b: createrepo_c also puts every path that contains `bin/` into the primary document. */
const LETTERS = 'acdefghijklmnopqrstuvwxyz';
/** 2025-01-01. */
const EPOCH = 1_735_689_600;

/** `count` packages in builds of three, unsorted; always the same for the same arguments. */
export function* syntheticPackages(count: number, weight: Weight): Generator<SyntheticPackage> {
  const random = randomWords(weight);
  for (let index = 0; index < count; index += 1) {
    const build = 1 + Math.floor(index / PARTS.length);
    const base = nameOf(build % NAMES);
    yield packageOf({ base, name: base + (PARTS[index % PARTS.length] ?? ''), build, random, ...AMOUNTS[weight] });
  }
}

/** Name of one of the source packages to which all these builds belong. */
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

function packageOf({ base, name, build, random, requires, files, changes }: Recipe): SyntheticPackage {
  const release = String(build);
  const time = EPOCH + build * 600;
  const rpm = writeRpm({
    ...{ name, release, sourceRpm: `${base}-1.0-${release}.src.rpm`, buildTime: time - 60 },
    summary: `Files of ${base}`,
    // The same in all builds of a package.
    description: repeat(10, randomWords(name)).join(' '),
    files: repeat(files, () => ({
      directory: `/usr/share/${random()}/`,
      name: `${random()}-${random()}.${random().slice(0, 3)}`,
    })),
    requires: repeat(requires, () => `lib${random()}.so.${build % 9}()(64bit)`).sort(),
    // The newest comes first, as in rpmbuild's output.
    changelog: repeat(changes, (at) => ({
      time: time - 86_400 * (at + 1),
      author: `${random()} <${random()}@example.org> - 1.0-${changes - at}`,
      text: `- ${repeat(12, random).join(' ')}`,
    })),
  });
  return { location: `${buildDirectory(build, base)}/${name}-1.0-${release}.x86_64.rpm`, rpm };
}

function repeat<T>(times: number, make: (index: number) => T): T[] {
  return Array.from({ length: times }, (_, index) => make(index));
}

/** Words from a linear congruential generator: the same on every machine. */
function randomWords(seed: string): () => string {
  let state = createHash('sha256').update(seed).digest().readUInt32LE(0);
  const next = (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state >>> 8) % below;
  };
  return () => Array.from({ length: 4 + next(7) }, () => LETTERS.charAt(next(LETTERS.length))).join('');
}
