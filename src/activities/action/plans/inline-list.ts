import type { WorkList } from '../../../contracts/action/action.js';

/** A list in the plan itself; `shortPlan` moves a long one into a file. */
export function inline<T>(items: readonly T[]): WorkList<T> {
  return { items, file: null };
}
