import {
  createrepoVersion,
  FIRST_THAT_UPDATES,
  updateSupport,
} from '../../adapters/repository-store/programs/createrepo-version.js';
import { programOnPath } from '../../adapters/process/program-on-path.js';
import { probeDigests } from '../../adapters/rpm/probe-digests.js';
import type { Finding } from '../../config/finding.js';
import { lineOf, type Setting } from '../../config/inspect.js';
import { gentlyWithoutSha1 } from '../../domain/signing/signing-policy.js';
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
  if (version === null) return [];
  const support = updateSupport(version);
  if (support.mayUpdate) return [];
  return [
    { ...NOWHERE, severity: 'note', message: support.why, remedy: `update it to ${FIRST_THAT_UPDATES} or newer` },
  ];
}

/** A worker that signs does not start with these errors. */
async function ofRpm(settings: readonly Setting[]): Promise<readonly Finding[]> {
  const gently = settings.find(({ name }) => name === 'gentlyGpgSha256');
  const signs = settings.find(({ name }) => name === 'doSign')?.value === true;
  if (!signs || gently === undefined) return [];
  for (const program of ['rpmkeys', 'gpgconf']) if ((await programOnPath(program)) === null) return [];
  const { section, key } = gently.option;
  const line = lineOf(gently.source);
  const probe = await probeDigests().then(
    (answers) => ({ isAnswered: true, ...answers }) as const,
    (error: unknown) => {
      if (!(error instanceof PortFailure)) throw error;
      return { isAnswered: false, why: error.message } as const;
    },
  );
  if (!probe.isAnswered) {
    const message = `rpm does not say which signatures it takes: ${probe.why}`;
    return [{ ...NOWHERE, severity: 'error', message, remedy: null }];
  }
  const { sha1, sha256 } = probe;
  if (!sha256.isTaken) {
    const message = `the rpm of this host refuses every signature, sha256 too: ${sha256.why}`;
    return [{ ...NOWHERE, severity: 'error', message, remedy: null }];
  }
  if (sha1.isTaken) return [];
  const message = `sha1 signatures are refused by the rpm of this host: ${sha1.why}`;
  switch (gentlyWithoutSha1({ gently: gently.value === true, isSet: line !== null })) {
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
