import type { MaintenanceOutcome, MaintenanceRound } from '../../../contracts/maintenance/maintenance.js';
import {
  afterFixes,
  comesBack,
  fixable,
  NOTHING_KNOWN,
  remember,
  type CheckMemory,
  type CheckMode,
  type CheckName,
  type CheckLook,
  type Suspect,
} from '../../../domain/maintenance/reconciliation.js';
import { PortFailure } from '../../../ports/port-failure.js';
import type { ReconcileMemory } from '../../../ports/maintenance/reconciliation.js';
import { boundedOutcome, type Tell } from '../outcome.js';
import type { Checker } from './checker.js';

export type ReconcileDeps = {
  readonly checkers: readonly Checker[];
  readonly memory: ReconcileMemory;
  readonly now: () => number;
  readonly tell: Tell;
};

export type ReconcileOptions = {
  readonly modes: Readonly<Record<CheckName, CheckMode>>;
  /** Fixes of one check in one round. */
  readonly maxFixes: number;
  /** Looks at everything, instead of the next part of the tree. */
  readonly isWhole: boolean;
};

/** The end of one check's part of a round. */
type Checked = {
  readonly memory: CheckMemory;
  readonly look: CheckLook;
  readonly fixed: number;
  readonly troubles: readonly string[];
};

/**
 * Compares this backend with its neighbours. A finding is fixed only where the mode of its check says so, after two
 * looks with time between them, and so many in a round. A check that cannot see everything says so, and leaves what it
 * knew as it was. A rehearsal fixes and remembers nothing.
 */
export function reconcile(
  { checkers, memory, now, tell }: ReconcileDeps,
  { modes, maxFixes, isWhole }: ReconcileOptions,
): (round: MaintenanceRound) => Promise<MaintenanceOutcome> {
  return async (round) => {
    const troubles = new Set<string>();
    const counts = new Map<CheckName, number>();
    let [looked, fixed, once] = [0, 0, 0];
    for (const checker of checkers) {
      round.progress(`looks at ${checker.name}`);
      try {
        const checked = await checkAlone(checker, round);
        looked += checked.look.looked;
        fixed += checked.fixed;
        counts.set(checker.name, confirmed(checked).length);
        once += seenOnce(checked).length;
        for (const trouble of checked.troubles) troubles.add(trouble);
      } catch (error) {
        round.signal.throwIfAborted();
        const why = error instanceof Error ? error.message : String(error);
        const blind = `${checker.name} could not be looked at: ${why}`;
        tell(blind);
        troubles.add(blind);
      }
    }
    const summary = summaryOf({ looked, fixed, counts, once, isBlind: counts.size < checkers.length });
    return boundedOutcome({
      ...{ summary, changed: fixed, troubles: [...troubles] },
      counts: Object.fromEntries(counts),
    });
  };

  /** A rehearsal changes nothing, and may run beside another round. */
  async function checkAlone(checker: Checker, round: MaintenanceRound): Promise<Checked> {
    const { name } = checker;
    if (round.dryRun) return recall(checker, round);
    const checked = await memory.alone(name, async (lost) => {
      const signal = AbortSignal.any([round.signal, lost]);
      const done = await recall(checker, { ...round, signal });
      await memory.write(name, done.memory);
      return done;
    });
    if (checked === null) throw new PortFailure('StorageFailed', 'another round is doing this check');
    return checked;
  }

  /** Read now, not at the beginning of the round: others may have done this check meanwhile. */
  async function recall(checker: Checker, round: MaintenanceRound): Promise<Checked> {
    const { memory: before, lost } = await memory.read(checker.name);
    const checked = await check(checker, before ?? NOTHING_KNOWN, round);
    return lost === null ? checked : { ...checked, troubles: [lost, ...checked.troubles] };
  }

  async function check(checker: Checker, before: CheckMemory, round: MaintenanceRound): Promise<Checked> {
    const { signal } = round;
    const look = await checker.look({
      ...{ place: isWhole ? null : before.place, isWhole, signal },
      again: before.suspects.map(({ key }) => key),
      progress: (line) => round.progress(`${checker.name}: ${line}`),
    });
    signal.throwIfAborted();
    const at = new Date(now()).toISOString();
    const seen = remember(before, look, at);
    const due = modes[checker.name] === 'fix' && !round.dryRun ? fixable(seen, look, { now: at, most: maxFixes }) : [];
    const { fixed, troubles } = await fixAll(checker, due, signal);
    for (const suspect of seen.suspects.filter(({ key }) => !fixed.includes(key))) say(checker, suspect);
    const after = { memory: afterFixes(seen, fixed, at), look, fixed: fixed.length };
    const open = confirmed({ ...after, troubles: [] }).map((suspect) => lineOf(checker, suspect));
    return { ...after, troubles: [...troubles, ...open] };
  }

  async function fixAll(
    { name, fix }: Checker,
    due: readonly Suspect[],
    signal: AbortSignal,
  ): Promise<{ readonly fixed: readonly string[]; readonly troubles: readonly string[] }> {
    const fixed: string[] = [];
    const troubles: string[] = [];
    for (const suspect of fix === null ? [] : due) {
      signal.throwIfAborted();
      try {
        await fix?.(suspect, signal);
        fixed.push(suspect.key);
        tell(`${name}: fixed: ${suspect.text}`);
      } catch (error) {
        signal.throwIfAborted();
        const why = error instanceof Error ? error.message : String(error);
        tell(`${name}: not fixed: ${suspect.text}: ${why}`);
        troubles.push(`${name}: not fixed: ${suspect.text}: ${why}`);
      }
    }
    return { fixed, troubles };
  }

  function say(checker: Checker, suspect: Suspect): void {
    tell(lineOf(checker, suspect));
    if (modes[checker.name] !== 'observe') tell(`  ${suspect.remedy}`);
  }
}

/** One of the things that a check compares, and several. */
const THINGS: Readonly<Record<CheckName, readonly [string, string]>> = {
  tickets: ['ticket', 'tickets'],
  running: ['build', 'builds'],
  repodata: ['chroot without metadata', 'chroots without metadata'],
  metadata: ['repository', 'repositories'],
  keys: ['key', 'keys'],
  directories: ['directory', 'directories'],
};

/** `counts` has the checks that could look. */
function summaryOf(round: {
  readonly looked: number;
  readonly fixed: number;
  readonly counts: ReadonlyMap<CheckName, number>;
  /** Findings of this look alone. */
  readonly once: number;
  readonly isBlind: boolean;
}): string {
  const { looked, fixed, counts, once, isBlind } = round;
  const found = [...counts].filter(([, count]) => count > 0);
  const things = found.map(([name, count]) => `${count} ${THINGS[name][count === 1 ? 0 : 1]}`).join(', ');
  const isOne = found.length === 1 && found[0]?.[1] === 1;
  const agreement = isBlind ? 'all that could be looked at agrees' : 'everything agrees';
  const disagreement = found.length === 0 ? null : `${things} ${isOne ? 'does' : 'do'} not agree`;
  const firstLooks = once === 0 ? null : `${once} seen once, which may be under way`;
  const state = [disagreement, firstLooks].filter((part) => part !== null).join(', ') || agreement;
  return `${looked} things looked at: ${state}${fixed > 0 ? `; ${fixed} fixed` : ''}`;
}

/** Findings of two looks or more, which are not fixed: one look alone may have seen something under way. */
function confirmed({ memory, look }: Pick<Checked, 'memory' | 'look' | 'troubles'>): readonly Suspect[] {
  const found = new Set(look.findings.map(({ key }) => key));
  return memory.suspects.filter(({ key, looks }) => found.has(key) && looks > 1);
}

/** Findings that a second look has to confirm. */
function seenOnce({ memory, look }: Pick<Checked, 'memory' | 'look'>): readonly Suspect[] {
  const found = new Set(look.findings.map(({ key }) => key));
  return memory.suspects.filter(({ key, looks }) => found.has(key) && looks === 1);
}

function lineOf({ name }: Checker, suspect: Suspect): string {
  const seen = suspect.looks > 1 ? `since ${suspect.since}` : 'seen once';
  const again = comesBack(suspect) ? `, fixed ${suspect.fixes} times and back` : '';
  return `${name}: ${suspect.text} (${seen}${again})`;
}
