import type { RepositoryChange, RepositoryRun } from '../contracts/repository.js';

/** Requests one run may serve (createrepo.md §4). */
export const BATCH_LIMIT = 100;

/**
 * The requests that the next run serves, and what it does (createrepo.md §3-§4): the first decides between devel and
 * public metadata, which are never mixed; any `full` makes the run full, where adds need no mention. A run of nothing
 * but `ensure` adds nothing: it only makes what is missing.
 */
export function takeBatch<R extends { readonly change: RepositoryChange }>(
  waiting: readonly R[],
): { readonly batch: readonly R[]; readonly run: RepositoryRun } | null {
  const first = waiting[0];
  if (first === undefined) return null;
  const batch = waiting.filter((request) => request.change.devel === first.change.devel).slice(0, BATCH_LIMIT);
  const full = batch.some((request) => request.change.kind === 'full');
  const add = full ? [] : [...new Set(batch.flatMap((request) => request.change.add))].sort();
  return { batch, run: { devel: first.change.devel, full, add } };
}
