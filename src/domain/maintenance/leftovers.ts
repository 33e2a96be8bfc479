/** The cleaner's decision about a directory (docs/neighbours/storage.md#clean-up). */
export type LeftoverVerdict =
  /** Nobody needs it once it is old. */
  | { readonly verdict: 'remove' }
  /** A person has to look; `category` is what the old cleaner called it. */
  | { readonly verdict: 'report'; readonly category: LeftoverCategory }
  | { readonly verdict: 'keep' };

export type LeftoverCategory =
  | 'MODULES'
  | 'CREATEREPOFAIL'
  | 'NODASH'
  | 'OLDBUILD'
  | 'FEDORA_REVIEW'
  | 'PREV_BUILD'
  | 'FEDORA_REVIEW_FAIL'
  | 'UNKNOWN';

const KEEP: LeftoverVerdict = { verdict: 'keep' };
const REMOVE: LeftoverVerdict = { verdict: 'remove' };

/** Left by tools of earlier years beside the builds. */
const OLD_CHROOT_WORK: ReadonlySet<string> = new Set(['tmp', 'cache', 'appdata']);
/** Unpacked beside the archives that users download. */
const UNPACKED: ReadonlySet<string> = new Set(['configs', 'chroot_scan']);
const CURRENT: ReadonlySet<string> = new Set(['repodata', 'devel', 'pinned']);

/** Judges a directory of a project: beside its chroots. */
export function judgeBesideChroots(name: string): LeftoverVerdict {
  return name === 'modules' ? report('MODULES') : KEEP;
}

/** Judges a directory of a chroot: beside its builds. */
export function judgeBesideBuilds(name: string): LeftoverVerdict {
  if (OLD_CHROOT_WORK.has(name)) return REMOVE;
  if (name.startsWith('repodata.old') || name.startsWith('.repodata.')) return report('CREATEREPOFAIL');
  if (CURRENT.has(name) || name.startsWith('.')) return KEEP;
  if (!name.includes('-')) return report('NODASH');
  return /^\d{8,}-/.test(name) ? KEEP : report('OLDBUILD');
}

/** Judges a directory inside a build; `content` has the names in it. */
export function judgeInsideBuild(name: string, content: readonly string[]): LeftoverVerdict {
  if (UNPACKED.has(name)) return REMOVE;
  if (name.startsWith('.')) return KEEP;
  if (name === 'fedora-review') return report('FEDORA_REVIEW');
  if (name === 'prev_build_backup') return report('PREV_BUILD');
  const isUnpackedReview = content.includes('srpm-unpacked') && content.includes('upstream-unpacked');
  return report(isUnpackedReview ? 'FEDORA_REVIEW_FAIL' : 'UNKNOWN');
}

function report(category: LeftoverCategory): LeftoverVerdict {
  return { verdict: 'report', category };
}

/** The id of the build whose results a directory has; null: its name says nothing. */
export function buildIdOfDirectory(name: string): number | null {
  const id = /^(\d{8,15})(?:-|$)/.exec(name)?.[1];
  return id === undefined ? null : Number(id);
}
