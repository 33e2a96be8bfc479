import type { Nevra } from '../repository/package-diff.js';

/** Which of two versions or releases rpm takes for newer: negative, 0 or positive, by the rules of rpmvercmp. */
export function compareVersions(one: string, other: string): number {
  const [left, right] = [segmentsOf(one), segmentsOf(other)];
  for (let index = 0; ; index += 1) {
    const [a, b] = [left[index], right[index]];
    if (a === undefined && b === undefined) return 0;
    // `~` sorts before everything, even the end; `^` behind the end and before everything else.
    if (a === '~' || b === '~') {
      if (a !== b) return a === '~' ? -1 : 1;
    } else if (a === '^' || b === '^') {
      if (a !== b) return (a === '^' ? b === undefined : a !== undefined) ? 1 : -1;
    } else {
      if (a === undefined) return -1;
      if (b === undefined) return 1;
      const [isNumber, isOtherNumber] = [/^\d/.test(a), /^\d/.test(b)];
      if (isNumber !== isOtherNumber) return isNumber ? 1 : -1;
      const order = isNumber ? compareNumbers(a, b) : compareText(a, b);
      if (order !== 0) return order;
    }
  }
}

/** The same for whole packages: epoch, version, release. */
export function compareEvr(one: Nevra, other: Nevra): number {
  if (one.epoch !== other.epoch) return one.epoch - other.epoch;
  return compareVersions(one.version, other.version) || compareVersions(one.release, other.release);
}

function segmentsOf(version: string): readonly string[] {
  return version.match(/\d+|[A-Za-z]+|~|\^/g) ?? [];
}

function compareNumbers(one: string, other: string): number {
  const [a, b] = [one.replace(/^0+/, ''), other.replace(/^0+/, '')];
  return a.length - b.length || compareText(a, b);
}

function compareText(one: string, other: string): number {
  return one === other ? 0 : one < other ? -1 : 1;
}
