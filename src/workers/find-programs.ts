import {
  createrepoVersion,
  FIRST_THAT_UPDATES,
  updateSupport,
} from '../adapters/repository-store/programs/createrepo-version.js';
import { absenceOf } from '../adapters/process/program-not-started.js';
import { programOnPath } from '../adapters/process/program-on-path.js';
import type { Config } from '../config/schema.js';
import type { Logger } from '../logging/logger.js';
import { StartRefused } from './check-start.js';
import { ROLE_QUEUES, type Role } from './roles.js';

/** Absolute paths of programs that a worker can do without; null: not installed. */
export type OptionalPrograms = {
  /** Makes application data of the packages in a repository (docs/neighbours/createrepo.md#application-data). */
  readonly appstreamBuilder: string | null;
  /**
   * Makes CloudFront drop its copies (docs/neighbours/signing.md#signing-packages-anew); also null if no distribution
   * is configured.
   */
  readonly aws: string | null;
};

/** Programs that the activities of a queue run, besides those that every worker needs. */
const REQUIRED: Readonly<Record<(typeof ROLE_QUEUES)[Role][number], readonly string[]>> = {
  poll: [],
  follow: ['ssh'],
  steps: ['ssh', 'rsync'],
  sign: ['rpm', 'rpmkeys', 'rpmsign', 'gpg'],
  publish: ['createrepo_c', 'modifyrepo_c'],
};

/**
 * Looks for all programs that a worker of this role runs, once: a program installed later is found at the next start.
 * Throws StartRefused with the names of missing required programs; other missing ones are logged.
 */
export async function findPrograms(input: {
  readonly role: Role;
  readonly config: Pick<Config, 'doSign' | 'awsCloudfrontDistribution'>;
  readonly log: Pick<Logger, 'warn'>;
}): Promise<OptionalPrograms> {
  const { role, config, log } = input;
  const queues: readonly (keyof typeof REQUIRED)[] = ROLE_QUEUES[role];
  const needed = queues.filter((queue) => queue !== 'sign' || config.doSign).flatMap((queue) => REQUIRED[queue]);
  const absent: string[] = [];
  for (const program of new Set(['flock', ...needed]))
    if ((await programOnPath(program)) === null) absent.push(await absenceOf(program));
  if (absent.length > 0) throw new StartRefused(absent.join('; '));
  if (queues.includes('publish')) await warnOfCreaterepo(log);

  const optional = async (program: string, isWanted: boolean, without: string): Promise<string | null> => {
    if (!isWanted) return null;
    const found = await programOnPath(program);
    if (found === null) log.warn({ program, why: await absenceOf(program) }, without);
    return found;
  };
  return {
    appstreamBuilder: await optional(
      'appstream-builder',
      queues.includes('publish'),
      'repositories get no new application data: its program is not installed',
    ),
    aws: await optional(
      'aws',
      queues.includes('steps') && config.awsCloudfrontDistribution !== null,
      'CloudFront is not told of packages that were signed again: its program is not installed',
    ),
  };
}

/** Nothing is refused: every version makes correct metadata, only some are slower. */
async function warnOfCreaterepo(log: Pick<Logger, 'warn'>): Promise<void> {
  const version = await createrepoVersion();
  const support = updateSupport(version);
  if (!support.mayUpdate)
    log.warn(
      { program: 'createrepo_c', version, why: support.why },
      `createrepo_c is older than ${FIRST_THAT_UPDATES}`,
    );
}
