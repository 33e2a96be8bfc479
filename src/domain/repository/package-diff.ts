import { compareEvr, formatEvr } from '../names/evr.js';

/** A package's full name. */
export type Nevra = {
  readonly name: string;
  readonly epoch: number;
  readonly version: string;
  readonly release: string;
  readonly arch: string;
};

/**
 * The difference between two states of a repository, from the view of an update: by the newest of each name and arch.
 */
export type PackageDiff = {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly upgraded: readonly Change[];
  readonly downgraded: readonly Change[];
};
type Change = { readonly name: string; readonly arch: string; readonly from: string; readonly to: string };

/** `name-epoch:version-release.arch`; an epoch of 0 is omitted, as in dnf. */
export function formatNevra(nevra: Nevra): string {
  return `${nevra.name}-${formatShortEvr(nevra)}.${nevra.arch}`;
}

/**
 * Packages that were added, were removed, or have another newest version. If the newest version stayed, an older
 * version that came or went also counts as added or removed.
 */
export function diffPackages(before: readonly Nevra[], after: readonly Nevra[]): PackageDiff {
  const [was, is] = [byName(before), byName(after)];
  const upgraded: Change[] = [];
  const downgraded: Change[] = [];
  const moved = new Set<string>();
  for (const [key, versions] of is) {
    const [from, to] = [newest(was.get(key) ?? []), newest(versions)];
    if (from === undefined || to === undefined) continue;
    const order = compareEvr(to, from);
    if (order === 0) continue;
    moved.add(formatNevra(from)).add(formatNevra(to));
    const change = { name: to.name, arch: to.arch, from: formatShortEvr(from), to: formatShortEvr(to) };
    (order > 0 ? upgraded : downgraded).push(change);
  }
  const [names, olds] = [new Set(after.map(formatNevra)), new Set(before.map(formatNevra))];
  return {
    added: [...names].filter((nevra) => !olds.has(nevra) && !moved.has(nevra)).sort(),
    removed: [...olds].filter((nevra) => !names.has(nevra) && !moved.has(nevra)).sort(),
    upgraded,
    downgraded,
  };
}

function formatShortEvr(nevra: Nevra): string {
  return formatEvr({ ...nevra, epoch: nevra.epoch === 0 ? null : nevra.epoch });
}

function byName(packages: readonly Nevra[]): ReadonlyMap<string, readonly Nevra[]> {
  const found = new Map<string, Nevra[]>();
  for (const one of packages) {
    const key = `${one.name} ${one.arch}`;
    found.set(key, [...(found.get(key) ?? []), one]);
  }
  return found;
}

function newest(versions: readonly Nevra[]): Nevra | undefined {
  return [...versions].sort(compareEvr).at(-1);
}
