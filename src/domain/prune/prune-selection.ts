import { compareEvr, formatEvr, type Evr } from '../names/evr.js';
import { isBinaryPackage, isRpmFileName, isSourceRpm } from '../names/rpm-file.js';
import { isSafeName } from '../names/safe-name.js';

/** A package as described in the metadata. */
export type PrunablePackage = Evr & {
  /** Path below the chroot directory. */
  readonly href: string;
  readonly name: string;
  readonly arch: string;
  /** Unix seconds. */
  readonly buildTime: number;
  readonly bytes: number;
};

/** A directory of the chroot directory. */
export type PrunableDirectory = {
  readonly name: string;
  /** It has a `build.info`: a build was delivered here. */
  readonly isBuild: boolean;
  /** Milliseconds since the epoch; its own time, not that of its files. */
  readonly changedAt: number;
  /** Names of the RPMs that lie in it. */
  readonly rpms: readonly string[];
};

/** Content of a chroot directory. */
export type PrunableContent = {
  readonly packages: readonly PrunablePackage[];
  readonly directories: readonly PrunableDirectory[];
  /** Packages that pinned generations list, by path, with the generation. */
  readonly pinned: ReadonlyMap<string, string>;
  /** Paths that have left the metadata but stay for clients that read it earlier. */
  readonly departed: ReadonlySet<string>;
  /** There is module metadata: several streams of a package exist side by side. */
  readonly hasModules: boolean;
};

/** One removal and its reason. */
export type Removal = {
  /** A binary package, the source package of a build, a whole build directory. */
  readonly kind: 'rpm' | 'srpm' | 'build';
  /** Below the chroot directory. */
  readonly path: string;
  readonly bytes: number;
  readonly reason: string;
};

const DAY_MS = 86_400_000;

/**
 * Selects removals in a chroot directory (docs/neighbours/storage.md#pruning): packages older than `days` that a newer
 * version of the same name and architecture supersedes; source packages whose binaries are all removed; build
 * directories that have had no binary package for that long. Packages that a pinned generation lists stay, and so do
 * modular packages.
 */
export function selectForPruning(
  content: PrunableContent,
  by: { readonly now: number; readonly days: number },
): readonly Removal[] {
  const oldest = by.now - by.days * DAY_MS;
  const rpms = superseded(content, oldest);
  return [...rpms, ...sourcesOf(content, rpms), ...emptyBuilds(content, oldest)];
}

function superseded({ packages, pinned, hasModules }: PrunableContent, oldest: number): readonly Removal[] {
  const binaries = packages.filter(isBinaryPackage);
  const latest = new Map<string, PrunablePackage>();
  for (const one of binaries) {
    const known = latest.get(keyOf(one));
    if (known === undefined || compareEvr(one, known) > 0) latest.set(keyOf(one), one);
  }
  return binaries.flatMap((one): Removal[] => {
    const newest = latest.get(keyOf(one)) ?? one;
    const isKept =
      compareEvr(one, newest) === 0 ||
      one.buildTime * 1000 > oldest ||
      pinned.has(one.href) ||
      (hasModules && isModular(one)) ||
      !isRemovable(one.href);
    if (isKept) return [];
    const reason = `superseded by ${formatEvr(newest)}, built ${day(one.buildTime * 1000)}`;
    return [{ kind: 'rpm', path: one.href, bytes: one.bytes, reason }];
  });
}

function keyOf({ name, arch }: PrunablePackage): string {
  return `${name}\0${arch}`;
}

/** A stream's packages say so in their release; the client chooses the stream, not the highest number. */
function isModular({ release }: PrunablePackage): boolean {
  return /\.module[+_]/.test(release);
}

/** A file where no build would put it must not be removed. */
function isRemovable(href: string): boolean {
  const parts = href.split('/');
  return parts.length <= 2 && parts.slice(0, -1).every(isSafeName) && isRpmFileName(parts.at(-1) ?? '');
}

function sourcesOf(content: PrunableContent, rpms: readonly Removal[]): readonly Removal[] {
  const going = new Set(rpms.map(({ path }) => path));
  const sizes = new Map(content.packages.map(({ href, bytes }) => [href, bytes]));
  return content.directories.flatMap(({ name, rpms: files }): Removal[] => {
    if (content.departed.has(name)) return [];
    const paths = files.map((file) => `${name}/${file}`).filter((path) => !content.departed.has(path));
    const binaries = paths.filter((path) => !isSourceRpm(path));
    const left = binaries.filter((path) => !going.has(path));
    if (binaries.length === 0 || left.length > 0) return [];
    return paths
      .filter((path) => isSourceRpm(path) && !content.pinned.has(path) && isRemovable(path))
      .map((path) => ({
        kind: 'srpm',
        path,
        bytes: sizes.get(path) ?? 0,
        reason: 'all binary packages of its build go',
      }));
  });
}

function emptyBuilds({ packages, directories, pinned, departed }: PrunableContent, oldest: number): readonly Removal[] {
  const named = new Set<string>();
  for (const path of pinned.keys()) named.add(path.split('/')[0] ?? '');
  for (const { href } of packages.filter(isBinaryPackage)) named.add(href.split('/')[0] ?? '');
  return directories.flatMap(({ name, isBuild, changedAt, rpms }): Removal[] => {
    const isEmpty = isBuild && !named.has(name) && !departed.has(name) && rpms.every(isSourceRpm);
    if (!isEmpty || changedAt >= oldest || !isSafeName(name)) return [];
    return [{ kind: 'build', path: name, bytes: 0, reason: `no binary package, unchanged since ${day(changedAt)}` }];
  });
}

function day(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
