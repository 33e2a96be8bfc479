import { isPlainWord, isSafeName } from './safe-name.js';

/** The name of a package, with the fields of results.json (docs/neighbours/builder.md#results). */
export type PackageName = {
  readonly name: string;
  readonly version: string;
  readonly release: string;
  readonly arch: string;
};

/** The name in a package's own header; a source package's `arch` is that of the machine it was built on. */
export type PackageHeader = PackageName & { readonly isSource: boolean };

const MAX_WORD = 255;

/** True for one part of a package's name, version, release or arch: never a path or an option. */
export function isRpmWord(word: string): boolean {
  return isPlainWord(word) && word.length <= MAX_WORD && !word.startsWith('-') && word !== '.' && word !== '..';
}

/** True for the name of a file that may be passed to the rpm tools, as one argument and as a line of a package list. */
export function isRpmFileName(name: string): boolean {
  return isSafeName(name) && name.endsWith('.rpm');
}

/** True for a source package, by its file name. */
export function isSourceRpm(file: string): boolean {
  return file.endsWith('.src.rpm') || file.endsWith('.nosrc.rpm');
}

/**
 * From the files of a source build, the source package to report: one with sources, as dist-git expects
 * (docs/neighbours/frontend.md#dist-git).
 */
export function sourcePackageOf(files: readonly string[]): string | undefined {
  return files.find((file) => file.endsWith('.src.rpm'));
}

/** True for the architecture of a package that clients install, as in results.json and metadata. */
export function isBinaryArch(arch: string): boolean {
  return arch !== 'src' && arch !== 'nosrc';
}

/**
 * True for a package that clients install, by its entry in the metadata: architecture or file name reveal a source
 * package.
 */
export function isBinaryPackage({ arch, href }: { readonly arch: string; readonly href: string }): boolean {
  return isBinaryArch(arch) && !isSourceRpm(href);
}

/** Makes a test whether packages were listed. Parts of a name may contain dashes, so they are kept separate. */
export function listedPackages(packages: readonly PackageName[]): (header: PackageHeader) => boolean {
  const listed = new Set(packages.map(keyOf));
  return (header) => {
    if (!header.isSource) return listed.has(keyOf(header));
    // Builders report a package without its sources with the arch of their machine.
    return ['src', 'nosrc', header.arch].some((arch) => listed.has(keyOf({ ...header, arch })));
  };
}

function keyOf({ name, version, release, arch }: PackageName): string {
  return JSON.stringify([name, version, release, arch]);
}
