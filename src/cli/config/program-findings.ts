import {
  createrepoVersion,
  FIRST_THAT_UPDATES,
  whyNoUpdate,
} from '../../adapters/repository-store/programs/createrepo-version.js';
import { programOnPath } from '../../adapters/process/program-on-path.js';
import { probeDigests } from '../../adapters/rpm/probe-digests.js';
import type { Finding } from '../../config/finding.js';
import { lineOf, type Setting } from '../../config/inspect.js';
import { gentlyBeside } from '../../domain/signing/signing-policy.js';
import { PortFailure } from '../../ports/port-failure.js';

const NOWHERE = { line: null, section: null, key: null, value: null } as const;

/**
 * Findings about programs of this host that change the product's behaviour with these settings; a program that is not
 * installed is not a fault of the file.
 */
export async function findingsOfPrograms(settings: readonly Setting[]): Promise<readonly Finding[]> {
  return [...(await ofCreaterepo()), ...(await ofRpm(settings))];
}

async function ofCreaterepo(): Promise<readonly Finding[]> {
  const version = await createrepoVersion();
  const why = version === null ? null : whyNoUpdate(version);
  if (why === null) return [];
  return [{ ...NOWHERE, severity: 'note', message: why, remedy: `update it to ${FIRST_THAT_UPDATES} or newer` }];
}

/** A worker that signs does not start with these errors. */
async function ofRpm(settings: readonly Setting[]): Promise<readonly Finding[]> {
  const gently = settings.find(({ name }) => name === 'gentlyGpgSha256');
  const signs = settings.find(({ name }) => name === 'doSign')?.value === true;
  if (!signs || gently === undefined) return [];
  for (const program of ['rpmkeys', 'gpgconf']) if ((await programOnPath(program)) === null) return [];
  const { section, key } = gently.option;
  const line = lineOf(gently.source);
  const refusals = await probeDigests().catch((error: unknown) => {
    if (!(error instanceof PortFailure)) throw error;
    return error.message;
  });
  if (typeof refusals === 'string') {
    const message = `rpm does not say which signatures it takes: ${refusals}`;
    return [{ ...NOWHERE, severity: 'error', message, remedy: null }];
  }
  if (refusals.sha256 !== null) {
    const message = `the rpm of this host refuses every signature, sha256 too: ${refusals.sha256}`;
    return [{ ...NOWHERE, severity: 'error', message, remedy: null }];
  }
  const message = `sha1 signatures are refused by the rpm of this host: ${refusals.sha1 ?? ''}`;
  switch (gentlyBeside({ gently: gently.value === true, isSet: line !== null }, refusals.sha1 !== null)) {
    case 'as-it-is':
      return [];
    case 'as-if-false':
      return [
        { ...NOWHERE, section, key, severity: 'note', message: `is not set, and ${message}`, remedy: 'sha256 is used' },
      ];
    case 'cannot-be-kept': {
      const remedy = 'change this line to gently_gpg_sha256 = false';
      return [{ section, key, line, value: 'true', severity: 'error', message: `cannot be kept: ${message}`, remedy }];
    }
  }
}
