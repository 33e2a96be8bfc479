import { isPlainWord, isSafeName } from './safe-name.js';

/** What a package is called, in the words of results.json (docs/neighbours/builder.md#results). */
export type PackageName = {
  readonly name: string;
  readonly version: string;
  readonly release: string;
  readonly arch: string;
};

/** What a package says of itself; a source package's `arch` is that of the machine it was made on. */
export type PackageHeader = PackageName & { readonly isSource: boolean };

const MAX_WORD = 255;

/** True for one part of a package's name, version, release or arch: never a path or an option. */
export function isRpmWord(word: string): boolean {
  return isPlainWord(word) && word.length <= MAX_WORD && !word.startsWith('-') && word !== '.' && word !== '..';
}

/** True for the name of a file that may be handed to the rpm tools, as one argument and as a line of a package list. */
export function isRpmFileName(name: string): boolean {
  return isSafeName(name) && name.endsWith('.rpm');
}

/** True for a source package, by its file name. */
export function isSourceRpm(file: string): boolean {
  return file.endsWith('.src.rpm') || file.endsWith('.nosrc.rpm');
}

/**
 * The source package that a source build reports, of its files: one with its sources, as dist-git takes it
 * (docs/neighbours/frontend.md#dist-git).
 */
export function sourcePackageOf(files: readonly string[]): string | undefined {
  return files.find((file) => file.endsWith('.src.rpm'));
}

/** True for the architecture of a package that clients install, as results.json and metadata say it. */
export function isBinaryArch(arch: string): boolean {
  return arch !== 'src' && arch !== 'nosrc';
}

/** True for a package that clients install, as the metadata name it: a source package tells by its architecture or its file. */
export function isBinaryPackage({ arch, href }: { readonly arch: string; readonly href: string }): boolean {
  return isBinaryArch(arch) && !isSourceRpm(href);
}

/** What tells whether packages were listed. Parts of a name may hold dashes, so they are kept apart. */
export function listedPackages(packages: readonly PackageName[]): (header: PackageHeader) => boolean {
  const listed = new Set(packages.map(keyOf));
  return (header) => {
    if (!header.isSource) return listed.has(keyOf(header));
    // Builders call a package without its sources by its machine's arch.
    return ['src', 'nosrc', header.arch].some((arch) => listed.has(keyOf({ ...header, arch })));
  };
}

function keyOf({ name, version, release, arch }: PackageName): string {
  return JSON.stringify([name, version, release, arch]);
}
