/** Epoch, version and release of a package; an epoch of null counts as 0. */
export type Evr = { readonly epoch: number | null; readonly version: string; readonly release: string };

/** `[epoch:]version-release`; an epoch of 0 is printed if it was given (docs/neighbours/builder.md#results). */
export function formatEvr(evr: Evr): string {
  return `${evr.epoch === null ? '' : `${evr.epoch}:`}${evr.version}-${evr.release}`;
}

/** Negative when `one` is older, positive when it is newer, 0 when rpm sees no difference. */
export function compareEvr(one: Evr, other: Evr): number {
  return (
    Math.sign((one.epoch ?? 0) - (other.epoch ?? 0)) ||
    compareVersions(one.version, other.version) ||
    compareVersions(one.release, other.release)
  );
}

/**
 * rpm's order of versions, or of releases (rpm-version(7)): runs of digits and of letters are compared one by one, and
 * other characters only separate them. A number is newer than letters, a longer version is newer than its prefix, `~`
 * is older than the end, `^` is newer than the end and older than anything else.
 */
export function compareVersions(one: string, other: string): number {
  const [left, right] = [partsOf(one), partsOf(other)];
  for (let index = 0; index < Math.max(left.length, right.length); index += 1) {
    const order = compareParts(left[index], right[index]);
    if (order !== 0) return order;
  }
  return 0;
}

function partsOf(version: string): readonly string[] {
  return version.match(/\d+|[A-Za-z]+|[~^]/g) ?? [];
}

/** Rank of a part compared with parts of another kind; `undefined` is the end. */
function rank(part: string | undefined): number {
  if (part === undefined) return 1;
  if (part === '~') return 0;
  if (part === '^') return 2;
  return /^\d/.test(part) ? 4 : 3;
}

function compareParts(one: string | undefined, other: string | undefined): number {
  const order = Math.sign(rank(one) - rank(other));
  if (order !== 0 || one === undefined || other === undefined) return order;
  if (rank(one) !== 4) return compareText(one, other);
  const [left, right] = [one.replace(/^0+/, ''), other.replace(/^0+/, '')];
  return Math.sign(left.length - right.length) || compareText(left, right);
}

/** By character codes, as in C; `localeCompare` would differ. */
function compareText(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
