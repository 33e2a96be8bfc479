import { ROLE_QUEUES, type Role } from './roles.js';

/** Programs that the activities of a queue run, besides those that every worker needs. */
const BY_QUEUE: Readonly<Record<(typeof ROLE_QUEUES)[Role][number], readonly string[]>> = {
  poll: [],
  follow: ['ssh'],
  steps: ['ssh', 'rsync'],
  sign: ['rpm', 'rpmkeys', 'rpmsign', 'gpg'],
  publish: ['createrepo_c', 'modifyrepo_c'],
};

/** Names of the programs without which a worker of this role does not start. */
export function requiredPrograms(role: Role, { doSign }: { readonly doSign: boolean }): readonly string[] {
  const queues: readonly (keyof typeof BY_QUEUE)[] = ROLE_QUEUES[role];
  const needed = queues.filter((queue) => queue !== 'sign' || doSign).flatMap((queue) => BY_QUEUE[queue]);
  return [...new Set(['flock', ...needed])];
}

/** A program that a worker can do without, and what is missing then. */
export type OptionalProgram = { readonly program: 'appstream-builder' | 'aws' | 'zstd'; readonly without: string };

/** Programs that a worker of this role uses if they are installed. */
export function optionalPrograms(
  role: Role,
  { awsCloudfrontDistribution }: { readonly awsCloudfrontDistribution: string | null },
): readonly OptionalProgram[] {
  const queues: readonly string[] = ROLE_QUEUES[role];
  const found: OptionalProgram[] = [];
  if (queues.includes('publish'))
    found.push({
      program: 'appstream-builder',
      without: 'repositories get no new application data: its program is not installed',
    });
  if (queues.includes('steps') && awsCloudfrontDistribution !== null)
    found.push({
      program: 'aws',
      without: 'CloudFront is not told of packages that were signed again: its program is not installed',
    });
  if (queues.includes('steps'))
    found.push({
      program: 'zstd',
      without: 'analyze-results fails, as it compresses its samples: its program is not installed',
    });
  return found;
}
