import { createHash } from 'node:crypto';
import { onlyWorkers, type Admission } from '../domain/dispatch/dispatch-limits.js';
import type { Config } from './schema.js';

/** The part of a configuration that may change while a worker runs. */
export function admissionOf(config: Config): Admission {
  const { blockedOwners } = config;
  const admission = {
    builds: {
      maxWorkers: config.buildsMaxWorkers,
      arch: config.buildsMaxWorkersArch,
      tag: config.buildsMaxWorkersTag,
      archPerOwner: config.buildsMaxWorkersArchPerOwner,
      sandbox: config.buildsMaxWorkersSandbox,
      owner: config.buildsMaxWorkersOwner,
      userSsh: config.buildsMaxUserssh,
      blockedOwners,
    },
    actions: { ...onlyWorkers(config.actionsMaxWorkers), blockedOwners },
    pause: config.sleeptime,
  };
  return { ...admission, digest: digestOf(admission) };
}

/** The order in which a file names its limits does not matter. */
function digestOf(admission: Omit<Admission, 'digest'>): string {
  const text = JSON.stringify(admission, (_, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)))
      : value,
  );
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}
