import type { ActionKind } from './kinds.js';
import { runAction, type ActionRun, type Template } from './run-action.js';

/** Where a worker died, and the differences from a run without a death; empty: none. */
export type BoundaryOutcome = {
  readonly kind: string;
  readonly dieAt: string;
  readonly differences: readonly string[];
};

/**
 * Runs an action once without a death, and once for each boundary of its activities (before it begins; when it is done
 * but Temporal does not know), and compares what is left. `only` names boundaries: `discard:after`.
 */
export async function killAtBoundaries(
  template: Template,
  kind: ActionKind,
  say: (line: string) => void,
  only: readonly string[] | null = null,
): Promise<readonly BoundaryOutcome[]> {
  const usual = await runAction(template, kind, null);
  say(`${kind.name}: ${usual.activities.join(', ')}`);
  const all = usual.activities.flatMap((name) => [`${name}:before`, `${name}:after`]);
  const outcomes: BoundaryOutcome[] = [];
  for (const dieAt of only ?? all) {
    const killed = await runAction(template, kind, dieAt);
    const differences = differencesOf(usual, killed);
    outcomes.push({ kind: kind.name, dieAt, differences });
    say(`${kind.name}, ${dieAt}: ${differences.length === 0 ? 'the same' : differences.join('; ')}`);
  }
  return outcomes;
}

function differencesOf(usual: ActionRun, killed: ActionRun): readonly string[] {
  const lost = usual.facts.filter((fact) => !killed.facts.includes(fact)).map((fact) => `lacks: ${fact}`);
  const more = killed.facts.filter((fact) => !usual.facts.includes(fact)).map((fact) => `has: ${fact}`);
  // A report whose answer was lost is sent once more: the frontend keeps the last one.
  const said = (run: ActionRun): string => JSON.stringify(run.reports.at(-1));
  return [
    ...(killed.isKilled ? [] : ['nobody died']),
    ...(said(killed) === said(usual) ? [] : [`reports ${said(killed)} and not ${said(usual)}`]),
    ...[...lost, ...more].slice(0, 10),
  ];
}
