import { CHECKS } from '../../src/domain/maintenance/reconciliation.js';
import type { Round } from './rounds.js';
import type { SoakSize } from './size.js';

/** The figures of a soak; the one object of `--json`. */
export type SoakOutcome = {
  /** Builds that ended while the rounds ran. */
  readonly builds: number;
  readonly rounds: number;
  /** Things that a round found, and a later one no longer: work under way. */
  readonly disappeared: number;
  /** Things that a round changed. */
  readonly actions: number;
  /** Things that are still found when nothing is under way any more. */
  readonly left: number;
  /** Rounds in which each check could look, for the check that could least often. */
  readonly sighted: number;
  /** Tickets of nobody, taken when all was over, that the same rounds closed: they can act. */
  readonly control: number;
  readonly seconds: number;
  readonly details: readonly string[];
};

/** Adds up the rounds of a soak; the last of them came when nothing was under way any more. */
export function soakFigures(
  rounds: readonly Round[],
): Pick<SoakOutcome, 'rounds' | 'disappeared' | 'actions' | 'left' | 'sighted' | 'details'> {
  const left = rounds.at(-1)?.found ?? new Map<string, string>();
  const found = new Set(rounds.flatMap((round) => [...round.found.keys()]));
  const sightings = CHECKS.map((check) => rounds.filter(({ sighted }) => sighted.includes(check)).length);
  return {
    rounds: rounds.length,
    disappeared: [...found].filter((key) => !left.has(key)).length,
    actions: rounds.reduce((sum, { actions }) => sum + actions, 0),
    left: left.size,
    sighted: Math.min(...sightings),
    details: [...rounds.flatMap(({ said }) => said), ...[...left].map(([key, text]) => `left: ${key}: ${text}`)],
  };
}

/** Where the outcome misses the bar, one line each; empty: it is met. */
export function shortfalls(outcome: SoakOutcome, { bar }: Pick<SoakSize, 'bar'>): readonly string[] {
  const lines: string[] = [];
  if (outcome.actions > 0) lines.push(`the reconciler changed ${outcome.actions} things that were well`);
  if (outcome.left > 0) lines.push(`${outcome.left} things do not agree although nothing is under way`);
  if (outcome.rounds < bar.rounds) lines.push(`${outcome.rounds} rounds, and not ${bar.rounds}`);
  if (outcome.builds < bar.builds) lines.push(`${outcome.builds} builds ended, and not ${bar.builds}`);
  if (outcome.sighted * 2 < outcome.rounds)
    lines.push(`a check could look in ${outcome.sighted} of ${outcome.rounds} rounds only`);
  if (outcome.control !== 1) lines.push('a ticket of nobody was not closed: the rounds could not act');
  return lines;
}
