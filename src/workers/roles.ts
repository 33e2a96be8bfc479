/** What a worker process takes upon itself (docs/technical-description.md, processes). */
export type Role = 'poller' | 'build' | 'storage' | 'action' | 'all';

export const ROLES: readonly Role[] = ['poller', 'build', 'storage', 'action', 'all'];

/** Activity sets by role; a set is one task queue. */
export const ROLE_QUEUES = {
  poller: ['poll'],
  build: ['follow', 'steps', 'sign'],
  storage: ['publish'],
  action: ['steps'],
  all: ['poll', 'follow', 'steps', 'sign', 'publish'],
} as const satisfies Record<Role, readonly ('poll' | 'follow' | 'steps' | 'sign' | 'publish')[]>;

/** Where the frontend is polled, the dispatchers are kept, and failing workflows are looked for. */
export function polls(role: Role): boolean {
  return (ROLE_QUEUES[role] as readonly string[]).includes('poll');
}

/** Where builders are waited for. */
export function takesTickets(role: Role): boolean {
  return (ROLE_QUEUES[role] as readonly string[]).includes('follow');
}

/** One workflow-capable Worker per process, for each costs memory; `storage` does without. */
export function runsWorkflows(role: Role): boolean {
  return role !== 'storage';
}
