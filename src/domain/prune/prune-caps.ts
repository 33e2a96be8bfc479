import type { PlanSummary } from './prune-plan.js';

/** How much a plan may remove without `--force`. */
export type PruneCaps = {
  /** Percent of a project's binary packages. */
  readonly share: number;
  /** Lines of the whole plan. */
  readonly total: number;
};

/** Everything that exceeds a cap, a line each. */
export function capsOfPlan(plan: PlanSummary, caps: PruneCaps): readonly string[] {
  const whole = capOfPlan(plan.count, caps);
  const projects = [...plan.projects].flatMap(([name, project]) => {
    const why = capOfProject(project, caps);
    return why === null ? [] : [`${name}: ${why}`];
  });
  return whole === null ? projects : [whole, ...projects];
}

/** Packages of a project so small that a share of it means little. */
const FEW = 100;

/** Why a plan removes too much of a project; null: it does not. */
export function capOfProject(
  project: { readonly packages: number; readonly going: number },
  { share }: PruneCaps,
): string | null {
  const { packages, going } = project;
  if (going <= FEW || going * 100 <= packages * share) return null;
  return `${going} of its ${packages} packages would go, more than ${share} % (prune_max_share)`;
}

/** The same for a plan as a whole. */
function capOfPlan(lines: number, { total }: PruneCaps): string | null {
  return lines <= total ? null : `${lines} packages and directories would go, more than ${total} (prune_max_total)`;
}
