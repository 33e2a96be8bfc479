import type { PlanSummary } from './prune-plan.js';

/** What a plan may take without `--force`. */
export type PruneCaps = {
  /** Percent of a project's binary packages. */
  readonly share: number;
  /** Lines of the whole plan. */
  readonly total: number;
};

/** Whether a cap is kept; `why` not, as a line for people. */
export type CapCheck = { readonly isKept: true } | { readonly isKept: false; readonly why: string };

const KEPT: CapCheck = { isKept: true };

/** All that is too much in a plan, a line each. */
export function capsOfPlan(plan: PlanSummary, caps: PruneCaps): readonly string[] {
  const whole = capOfPlan(plan.count, caps);
  const projects = [...plan.projects].flatMap(([name, project]) => {
    const cap = capOfProject(project, caps);
    return cap.isKept ? [] : [`${name}: ${cap.why}`];
  });
  return whole.isKept ? projects : [whole.why, ...projects];
}

/** A project so small that any share of it is a matter of chance. */
const FEW = 100;

/** Looks whether so much of a project is too much. */
export function capOfProject(
  project: { readonly packages: number; readonly going: number },
  { share }: PruneCaps,
): CapCheck {
  const { packages, going } = project;
  if (going <= FEW || going * 100 <= packages * share) return KEPT;
  const why = `${going} of its ${packages} packages would go, more than ${share} % (prune_max_share)`;
  return { isKept: false, why };
}

/** The same for a plan as a whole. */
function capOfPlan(lines: number, { total }: PruneCaps): CapCheck {
  if (lines <= total) return KEPT;
  const why = `${lines} packages and directories would go, more than ${total} (prune_max_total)`;
  return { isKept: false, why };
}
