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
import { optionalPrograms, requiredPrograms, type OptionalProgram } from '../domain/service/programs.js';
import { ROLE_QUEUES, type Role } from '../domain/service/roles.js';

/** Absolute paths of programs that a worker can do without; null: not installed. */
export type OptionalPrograms = {
  /** Makes application data of the packages in a repository (docs/neighbours/createrepo.md#application-data). */
  readonly appstreamBuilder: string | null;
  /**
   * Makes CloudFront drop its copies (docs/neighbours/signing.md#signing-packages-again); also null if no distribution
   * is configured.
   */
  readonly aws: string | null;
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
  const absent: string[] = [];
  for (const program of requiredPrograms(role, config))
    if ((await programOnPath(program)) === null) absent.push(await absenceOf(program));
  if (absent.length > 0) throw new StartRefused(absent.join('; '));
  if ((ROLE_QUEUES[role] as readonly string[]).includes('publish')) await warnOfCreaterepo(log);

  const wanted = optionalPrograms(role, config);
  const optional = async (name: OptionalProgram['program']): Promise<string | null> => {
    const one = wanted.find(({ program }) => program === name);
    if (one === undefined) return null;
    const found = await programOnPath(name);
    if (found === null) log.warn({ program: name, why: await absenceOf(name) }, one.without);
    return found;
  };
  const found = { appstreamBuilder: await optional('appstream-builder'), aws: await optional('aws') };
  await optional('zstd'); // looked for again before each use
  return found;
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
