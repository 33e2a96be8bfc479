import type { PlanSummary } from './prune-plan.js';

/** How much a plan may remove without `--force`. */
export type PruneCaps = {
  /** Percent of a project's binary packages. */
  readonly share: number;
  /** Lines of the whole plan. */
  readonly total: number;
};

/** Whether a cap is kept; if not, `why`, as a line for people. */
export type CapCheck = { readonly isKept: true } | { readonly isKept: false; readonly why: string };

const KEPT: CapCheck = { isKept: true };

/** Everything that exceeds a cap, a line each. */
export function capsOfPlan(plan: PlanSummary, caps: PruneCaps): readonly string[] {
  const whole = capOfPlan(plan.count, caps);
  const projects = [...plan.projects].flatMap(([name, project]) => {
    const cap = capOfProject(project, caps);
    return cap.isKept ? [] : [`${name}: ${cap.why}`];
  });
  return whole.isKept ? projects : [whole.why, ...projects];
}

/** Packages of a project so small that a share of it means little. */
const FEW = 100;

/** Whether a plan removes too much of a project. */
export function capOfProject(
  project: { readonly packages: number; readonly going: number },
  { share }: PruneCaps,
): CapCheck {
  const { packages, going } = project;
  if (going <= FEW || going * 100 <= packages * share) return KEPT;
  const why = `${going} of its ${packages} packages would go, more than ${share} % (prune_max_share)`;
  return { isKept: false, why };
}

/** The same for a plan as a whole, which has so many lines. */
export function capOfPlan(lines: number, { total }: PruneCaps): CapCheck {
  if (lines <= total) return KEPT;
  const why = `${lines} packages and directories would go, more than ${total} (prune_max_total)`;
  return { isKept: false, why };
}
