import type { Service } from '../../playground/start/supervisor.js';

/** Turns the planned `worker all` into a worker of one role, named `worker-ROLE`. */
export function workerOfRole(worker: Service, role: string): Service {
  return {
    ...worker,
    name: `worker-${role}`,
    args: worker.args.map((word) => (word === 'all' ? role : word)),
  };
}
