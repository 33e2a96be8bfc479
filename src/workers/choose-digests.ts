import type { ActivityDependencies } from '../activities/dependencies.js';
import { probeDigests, type DigestAnswers } from '../adapters/rpm/probe-digests.js';
import type { Config } from '../config/schema.js';
import { gentlyWithoutSha1 } from '../domain/signing/signing-policy.js';
import type { Logger } from '../logging/logger.js';
import { StartRefused } from './check-start.js';
import { ROLE_QUEUES, type Role } from '../domain/service/roles.js';

/** The digests with which packages are signed. */
export type DigestSettings = Pick<ActivityDependencies['settings'], 'gentlyGpgSha256' | 'sha1'>;

/**
 * Asks the rpm of a signing host which digests it accepts, before anything is signed with one that would never verify.
 * Throws StartRefused if it does not accept sha256, or if the file asks for sha1 and it refuses that; the error names
 * the line to change.
 */
export async function chooseDigests(input: {
  readonly role: Role;
  readonly config: Pick<Config, 'doSign' | 'gentlyGpgSha256'>;
  readonly configFile: string;
  /** The line of the file that sets `gently_gpg_sha256`. */
  readonly line: number | null;
  readonly log: Pick<Logger, 'warn'>;
  /** For tests: another rpm than this host's. */
  readonly probe?: () => Promise<DigestAnswers>;
}): Promise<DigestSettings> {
  const { role, config, configFile, line, log, probe = probeDigests } = input;
  const configured: DigestSettings = { gentlyGpgSha256: config.gentlyGpgSha256, sha1: { isTaken: true } };
  if (!config.doSign || !(ROLE_QUEUES[role] as readonly string[]).includes('sign')) return configured;
  const { sha1, sha256 } = await probe().catch((error: unknown) => {
    const why = error instanceof Error ? error.message : String(error);
    throw new StartRefused(`rpm does not say which signatures it takes: ${why}`, { cause: error });
  });
  if (!sha256.isTaken)
    throw new StartRefused(`the rpm of this host refuses every signature, sha256 too: ${sha256.why}`);
  if (sha1.isTaken) return configured;
  const setting = { gently: config.gentlyGpgSha256, isSet: line !== null };
  switch (gentlyWithoutSha1(setting)) {
    case 'as-it-is':
      return configured;
    case 'as-if-false':
      log.warn({ why: sha1.why }, 'sha256 is used instead of sha1, which the rpm of this host refuses');
      return { gentlyGpgSha256: false, sha1 };
    case 'cannot-be-kept':
      throw new StartRefused(
        `the rpm of this host refuses sha1 signatures (${sha1.why}): ` +
          `change line ${String(line)} of ${configFile} to gently_gpg_sha256 = false`,
      );
  }
}
