/** What a package is called, in the words of results.json (builds.md §11). */
export type PackageName = {
  readonly name: string;
  readonly version: string;
  readonly release: string;
  readonly arch: string;
};

/** True for one part of a package's name, version, release or arch: RPM's own alphabet, never a path or an option. */
export function isRpmWord(word: string): boolean {
  return /^[A-Za-z0-9_+.~^-]{1,255}$/.test(word) && !word.startsWith('-') && word !== '.' && word !== '..';
}

/**
 * True for a file name that may be handed to the rpm tools, which read `*`, `[` and `{` as patterns and lines of a
 * package list as names.
 */
export function isRpmFileName(name: string): boolean {
  return name.length <= 255 && /^[A-Za-z0-9_+][A-Za-z0-9_+.~^-]*\.rpm$/.test(name);
}

/** The names under which the package may lie: a source package without its sources says `nosrc` in its file name. */
export function rpmFileNames(rpm: PackageName): readonly string[] {
  const stem = `${rpm.name}-${rpm.version}-${rpm.release}`;
  const arches = rpm.arch === 'src' ? ['src', 'nosrc'] : [rpm.arch];
  return arches.map((arch) => `${stem}.${arch}.rpm`);
}

/** Those of `files` that no package of the list accounts for. */
export function unlistedFiles(files: readonly string[], packages: readonly PackageName[]): readonly string[] {
  const listed = new Set(packages.flatMap(rpmFileNames));
  return files.filter((file) => !listed.has(file));
}
