/** Why a project must not be pruned; null: it may be. Null facts: the frontend has no such project. */
export function whyNotPruned(
  facts: { readonly develMode: boolean; readonly persistent: boolean; readonly autoPrune: boolean } | null,
): string | null {
  if (facts === null) return 'the frontend does not know the project';
  if (facts.develMode) return 'manual createrepo';
  if (facts.persistent) return 'persistent';
  return facts.autoPrune ? null : 'auto_prune is off';
}
