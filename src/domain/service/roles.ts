/** The role of a worker process (docs/technical-description.md, processes). */
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

/** Roles whose processes are services of their own on a host. */
export const SERVICE_ROLES = ['poller', 'build', 'storage', 'action'] as const satisfies readonly Role[];

const HTTP_OFFSET: Readonly<Record<Role, number>> = { poller: 0, all: 0, build: 1, storage: 2, action: 3 };

/** Where a process of a role serves HTTP if that of the poller is at `port`: one of each role fits on a host. */
export function httpPortOf(role: Role, port: number): number {
  return port + HTTP_OFFSET[role];
}

/** True for roles that poll the frontend, keep the dispatchers running, and look for failing workflows. */
export function polls(role: Role): boolean {
  return (ROLE_QUEUES[role] as readonly string[]).includes('poll');
}

/** True for roles that wait for builders. */
export function takesTickets(role: Role): boolean {
  return (ROLE_QUEUES[role] as readonly string[]).includes('follow');
}

/** At most one workflow Worker per process, because each costs memory; `storage` has none. */
export function runsWorkflows(role: Role): boolean {
  return role !== 'storage';
}
