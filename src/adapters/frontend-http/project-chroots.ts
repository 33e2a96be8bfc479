import { z } from 'zod';
import type { ProjectChroots } from '../../ports/maintenance/project-chroots.js';
import { PortFailure } from '../../ports/port-failure.js';
import { createHttpClient } from '../http/request.js';
import { packageVersion } from '../process/package-version.js';
import { createExchange, missing } from './exchange.js';
import { describeIssues } from './schema.js';

const Project = z.object({ name: z.string() });
const Chroot = z.object({ delete_after_days: z.number().nullish() });

/** `ProjectChroots` over the public API, without a password. */
export function createProjectChroots(options: {
  readonly baseUrl: string;
  readonly timeoutMs?: number;
}): ProjectChroots {
  const exchange = createExchange({
    http: createHttpClient({ timeoutMs: options.timeoutMs ?? 30_000 }),
    ...{ baseUrl: options.baseUrl, password: '', userAgent: `copr-backend/${packageVersion()}` },
  });
  return {
    project: async (owner, project) => {
      const record = await exchange.getPublic('project', { ownername: owner, projectname: project });
      return record === missing ? null : fit(`project ${owner}/${project}`, Project, record);
    },
    chroot: async ({ owner, project, chroot }) => {
      const query = { ownername: owner, projectname: project, chrootname: chroot };
      const record = await exchange.getPublic('project-chroot', query);
      if (record === missing) return null;
      return { deleteAfterDays: fit(`chroot ${owner}/${project}/${chroot}`, Chroot, record).delete_after_days ?? null };
    },
  };
}

function fit<T>(what: string, schema: z.ZodType<T>, record: unknown): T {
  const parsed = schema.safeParse(record);
  if (parsed.success) return parsed.data;
  throw new PortFailure(
    'FrontendRefused',
    `${what}: the frontend's answer does not fit: ${describeIssues(parsed.error)}`,
  );
}
