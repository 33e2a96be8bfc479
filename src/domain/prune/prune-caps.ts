import type { PlanSummary } from './prune-plan.js';

/** What a plan may take without `--force`. */
export type PruneCaps = {
  /** Percent of a project's binary packages. */
  readonly share: number;
  /** Lines of the whole plan. */
  readonly total: number;
};

/** All that is too much in a plan, a line each. */
export function capsOfPlan(plan: PlanSummary, caps: PruneCaps): readonly string[] {
  const whole = capOfPlan(plan.count, caps);
  const projects = [...plan.projects].flatMap(([name, project]) => {
    const why = capOfProject(project, caps);
    return why === null ? [] : [`${name}: ${why}`];
  });
  return whole === null ? projects : [whole, ...projects];
}

/** A project so small that any share of it is a matter of chance. */
const FEW = 100;

/** Why so much of a project is too much; null: it is not. */
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
