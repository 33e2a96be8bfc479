import { LONG_LIVED, type LongLived } from './long-lived.js';
import type { StormSize } from './size.js';

/** The errors, by the figure that counts them; lines for people. */
export type StormDetails = {
  /** Builds that are not final, and why. */
  readonly notFinal: readonly string[];
  readonly wrongOutcome: readonly string[];
  readonly stuck: readonly string[];
  readonly nondeterminism: readonly string[];
  readonly limitViolations: readonly string[];
  readonly ticketsLeft: readonly string[];
  readonly doubleReports: readonly string[];
};

/** The figures of a storm; the one object of `--json`, with `details` and `seen` for those who look closer. */
export type StormOutcome = {
  readonly builds: number;
  /** Builds that reached a final state, the same according to frontend, tree, repository and Temporal. */
  readonly final: number;
  /** Builds that ended differently from their script, and actions that failed. */
  readonly wrongOutcome: number;
  readonly kills: number;
  /** Number of answered queries. */
  readonly queries: number;
  /** How often workflows of each long-lived type continued as new. */
  readonly beganAnew: Readonly<Record<LongLived, number>>;
  readonly stuck: number;
  readonly nondeterminism: number;
  readonly limitViolations: number;
  readonly ticketsLeft: number;
  readonly doubleReports: number;
  readonly details: StormDetails;
  /** Facts about the storm that are not judged. */
  readonly seen: Readonly<Record<string, unknown>>;
};

const NONE_OF = [
  'wrongOutcome',
  'stuck',
  'nondeterminism',
  'limitViolations',
  'ticketsLeft',
  'doubleReports',
] as const satisfies readonly (keyof StormOutcome)[];

/** Where an outcome misses the bar, one line each; empty: it is met. */
export function shortfalls(
  outcome: StormOutcome,
  { bar, builds }: Pick<StormSize, 'bar' | 'builds'>,
): readonly string[] {
  const lines: string[] = [];
  if (outcome.builds < builds) lines.push(`${outcome.builds} of ${builds} builds were submitted`);
  if (outcome.final < outcome.builds) lines.push(`${outcome.final} of ${outcome.builds} builds are final`);
  for (const name of NONE_OF) if (outcome[name] > 0) lines.push(`${name} is ${outcome[name]}`);
  if (outcome.kills < bar.kills) lines.push(`${outcome.kills} kills, and not ${bar.kills}`);
  if (outcome.queries < bar.queries) lines.push(`${outcome.queries} queries were answered, and not ${bar.queries}`);
  for (const type of LONG_LIVED) if (outcome.beganAnew[type] === 0) lines.push(`no ${type} continued as new`);
  return lines;
}

/** Number of runs by type that continued as new. */
export function countBeganAnew(
  runs: readonly { readonly type: string; readonly end: string }[],
): Readonly<Record<LongLived, number>> {
  const count = (type: LongLived): number =>
    runs.filter((run) => run.type === type && run.end === 'continued as new').length;
  return Object.fromEntries(LONG_LIVED.map((type) => [type, count(type)])) as Record<LongLived, number>;
}
