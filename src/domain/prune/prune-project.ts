type Facts = { readonly develMode: boolean; readonly persistent: boolean; readonly autoPrune: boolean };

/** Whether a project is pruned at all, and if not, why. */
export type Prunability<T extends Facts> =
  { readonly isPruned: true; readonly facts: T } | { readonly isPruned: false; readonly why: string };

/** Whether a project with these facts is pruned; null facts: the frontend has no such project. */
export function prunability<T extends Facts>(facts: T | null): Prunability<T> {
  if (facts === null) return { isPruned: false, why: 'the frontend does not know the project' };
  if (facts.develMode) return { isPruned: false, why: 'manual createrepo' };
  if (facts.persistent) return { isPruned: false, why: 'persistent' };
  return facts.autoPrune ? { isPruned: true, facts } : { isPruned: false, why: 'auto_prune is off' };
}
