/** Everything that is compared between this backend and its neighbours. */
export const CHECKS = ['tickets', 'running', 'repodata', 'metadata', 'keys', 'directories'] as const;

export type CheckName = (typeof CHECKS)[number];

/** `observe`: count and name. `propose`: also say what to do. `fix`: do it, after a second look. */
export const MODES = ['observe', 'propose', 'fix'] as const;

export type CheckMode = (typeof MODES)[number];

/** Something that does not agree. */
export type Finding = {
  /** The same fault of the same thing has the same key at every look. */
  readonly key: string;
  /** The fault, in one line. */
  readonly text: string;
  /** The step that a person can take, in one line. */
  readonly remedy: string;
};

/** The result of one look of a check. A look that could not see everything it had to see is a rejection instead. */
export type CheckLook = {
  readonly findings: readonly Finding[];
  /** Things that were looked at. */
  readonly looked: number;
  /**
   * Whether this look would have found an earlier finding again; a look at a part of the tree does not see the rest.
   */
  readonly covers: (key: string) => boolean;
  /** Where the next look begins; null: at the beginning. */
  readonly next: string | null;
};

/** A finding that was found at one look or more, without a healthy look between them. */
export type Suspect = Finding & {
  /** ISO 8601 UTC, of the first look. */
  readonly since: string;
  readonly looks: number;
  /** How often it was fixed, and found again. */
  readonly fixes: number;
};

/** The memory of a check between two rounds. */
export type CheckMemory = { readonly place: string | null; readonly suspects: readonly Suspect[] };

export const NOTHING_KNOWN: CheckMemory = { place: null, suspects: [] };

/** Suspects that are remembered of one check: the rest are found again. */
const MAX_SUSPECTS = 1000;
/** Looks that a fix needs, and the time between the first and the last: whatever is under way has ended by then. */
const LOOKS = 2;
const APART_MS = 600_000;
/** A finding that was fixed this often and is still found is a matter for a person. */
const MAX_FIXES = 2;

/** The suspects after a look: found ones are seen once more, covered ones that were not found are healthy. */
export function remember(before: CheckMemory, look: CheckLook, now: string): CheckMemory {
  const known = new Map(before.suspects.map((suspect) => [suspect.key, suspect]));
  const found = new Map(look.findings.map((finding) => [finding.key, finding]));
  const seen = [...found.values()].map((finding): Suspect => {
    const earlier = known.get(finding.key);
    return { ...finding, since: earlier?.since ?? now, looks: (earlier?.looks ?? 0) + 1, fixes: earlier?.fixes ?? 0 };
  });
  const unseen = before.suspects.filter(({ key }) => !found.has(key) && !look.covers(key));
  return { place: look.next, suspects: [...seen, ...unseen].slice(0, MAX_SUSPECTS) };
}

/** Those of this look's findings that may be fixed now: at most `most`, the oldest first. */
export function fixable(
  memory: CheckMemory,
  look: CheckLook,
  options: { now: string; most: number },
): readonly Suspect[] {
  const found = new Set(look.findings.map(({ key }) => key));
  const now = Date.parse(options.now);
  return memory.suspects
    .filter(
      ({ key, looks, since, fixes }) =>
        found.has(key) && looks >= LOOKS && now - Date.parse(since) >= APART_MS && fixes < MAX_FIXES,
    )
    .toSorted((one, other) => Date.parse(one.since) - Date.parse(other.since))
    .slice(0, options.most);
}

/** The memory after these suspects were fixed: a later look must find them again twice. */
export function afterFixes(memory: CheckMemory, fixed: readonly string[], now: string): CheckMemory {
  const done = new Set(fixed);
  const suspects = memory.suspects.map((suspect) =>
    done.has(suspect.key) ? { ...suspect, fixes: suspect.fixes + 1, looks: 0, since: now } : suspect,
  );
  return { ...memory, suspects };
}

/** True for a suspect that is left to people, because it comes back. */
export function comesBack({ fixes }: Suspect): boolean {
  return fixes >= MAX_FIXES;
}

/**
 * The next part of a sorted list, beginning after `place`, and where the one after it begins. It ends with the list:
 * the next part begins at its beginning.
 */
export function nextPart<T>(
  all: readonly T[],
  nameOf: (one: T) => string,
  options: { readonly place: string | null; readonly most: number },
): { readonly part: readonly T[]; readonly next: string | null } {
  const { place, most } = options;
  const rest = place === null ? all : all.filter((one) => nameOf(one) > place);
  const part = rest.slice(0, most);
  const last = part.at(-1);
  return { part, next: rest.length > part.length && last !== undefined ? nameOf(last) : null };
}
