import { readFile } from 'node:fs/promises';
import path from 'node:path';
import pLimit from 'p-limit';
import type { ProjectId } from '../../contracts/names/ids.js';
import { keyIdentity } from '../../domain/signing/key-identity.js';
import { PortFailure } from '../../ports/port-failure.js';
import { openGnupgHome } from '../gpg/gnupg-home.js';
import { flawOfKey, isSignedBy, readPublicKey, type PublicKey } from '../gpg/public-key.js';
import type { FileSigner } from '../rpm/file-signer.js';
import { insistOnPackages } from '../rpm/package-files.js';
import { lackingSignature, removeSignatures, signLacking, verifySignatures } from '../rpm/signatures.js';
import type { Keygen } from './keygen.js';
import { createSignCommand, type SignLimits } from './sign-command.js';

export type ObsSignerDeps = {
  /** The client of signd: `/bin/sign`, or its replacement. */
  readonly program: string;
  readonly keygen: Keygen;
  readonly signDomain: string;
  /** A directory on this host for key rings that exist for one question; created if it is missing. */
  readonly scratch: string;
  /** Concurrent calls of `sign`, for all builds together. */
  readonly parallel: number;
  readonly limits?: SignLimits;
  readonly log?: { readonly info: (facts: object, message: string) => void };
};

export type ObsSigner = FileSigner & { readonly close: () => Promise<void> };

/** The small call for the key, which comes before every other, notices a hanging signd. */
const LIMITS: SignLimits = { callMs: 60_000, packageMs: 15_000 };
/** Packages of one call: few calls for many packages, and a limit that stays in minutes. */
const MAX_PER_CALL = 10;

/**
 * Gets signatures from a remote signd and keys from a keygen service, as in Copr installations
 * (docs/neighbours/signing.md).
 */
export function createObsSigner(deps: ObsSignerDeps): ObsSigner {
  const home = openGnupgHome(path.resolve(deps.scratch));
  const sign = createSignCommand({
    program: deps.program,
    limits: deps.limits ?? LIMITS,
    limit: pLimit(deps.parallel),
  });
  const userOf = (project: ProjectId): string => keyIdentity(project, deps.signDomain).email;

  async function publicKey(project: ProjectId, signal: AbortSignal | undefined): Promise<PublicKey> {
    const user = userOf(project);
    const armored = await sign({ user, args: ['-u', user, '-p'], signal });
    const key = await readPublicKey(armored, { home, signal });
    if (key !== null) return key;
    throw new PortFailure('SignerUnavailable', `signd did not send a valid key of ${user}`);
  }

  async function keyOrNull(project: ProjectId, signal: AbortSignal | undefined): Promise<PublicKey | null> {
    try {
      return await publicKey(project, signal);
    } catch (error) {
      if (error instanceof PortFailure && error.code === 'SigningKeyMissing') return null;
      throw error;
    }
  }

  async function signingKey(project: ProjectId, signal: AbortSignal | undefined): Promise<PublicKey> {
    const key = await publicKey(project, signal);
    const flaw = flawOfKey(userOf(project), key);
    if (flaw !== null) throw flaw;
    return key;
  }

  async function ensureKey(project: ProjectId, signal: AbortSignal | undefined): Promise<void> {
    const user = userOf(project);
    let key = await keyOrNull(project, signal);
    if (key === null) {
      const { isNew } = await deps.keygen.request(keyIdentity(project, deps.signDomain), { signal });
      deps.log?.info({ project, isNew }, 'signing key requested');
      key = await keyOrNull(project, signal);
    }
    if (key === null)
      throw new PortFailure(
        'SignerUnavailable',
        `the keygen service says that ${user} has a key, and signd does not know it: do both use the same key ring?`,
      );
    const flaw = flawOfKey(user, key);
    if (flaw?.code === 'SigningKeyExpired')
      // This waits for the key server, because an operator may be repairing it.
      throw new PortFailure(flaw.code, `${flaw.message}: prolong it on the key server`, { retryable: true });
  }

  async function signAll(files: readonly string[], request: Parameters<FileSigner['sign']>[0]): Promise<void> {
    const { signal } = request;
    const user = userOf(request.project);
    const size = Math.min(MAX_PER_CALL, Math.ceil(files.length / deps.parallel));
    const parts = Array.from({ length: Math.ceil(files.length / size) }, (_, i) =>
      files.slice(i * size, (i + 1) * size),
    );
    const ends = await Promise.allSettled(
      parts.map((part) => {
        const args = ['-4', '-h', request.digest, '-u', user, '-r'];
        return sign({ user, args, packages: part, signal });
      }),
    );
    const refused = ends.find((end) => end.status === 'rejected');
    if (refused !== undefined) throw refused.reason;
  }

  return {
    ensureKey: (project, options) => ensureKey(project, options?.signal),
    publicKey: async (project, options) => (await publicKey(project, options?.signal)).armored,
    sign: async (request) => {
      if (request.files.length === 0) return 0;
      await insistOnPackages(request.files);
      const key = await signingKey(request.project, request.signal);
      return signLacking({ ...request, home }, key, async ({ files, signedOtherwise }) => {
        // `sign` does not touch a package that has any signature.
        await removeSignatures({ home, files: signedOtherwise, signal: request.signal });
        await signAll(files, request);
      });
    },
    lacking: async (request) => {
      if (request.files.length === 0) return [];
      await insistOnPackages(request.files);
      return lackingSignature({ ...request, home }, await signingKey(request.project, request.signal));
    },
    verify: async (request) => {
      if (request.files.length === 0) return;
      await insistOnPackages(request.files);
      await verifySignatures({ ...request, home }, await signingKey(request.project, request.signal));
    },
    unsign: async ({ files, signal }) => {
      await insistOnPackages(files);
      await removeSignatures({ home, files, signal });
    },
    signDetached: async (file, project, options) => {
      const { signal } = options ?? {};
      const user = userOf(project);
      const key = await signingKey(project, signal);
      const args = ['-4', '-h', 'sha256', '-u', user, '-d'];
      const signature = await sign({ user, args, input: await readFile(file), signal });
      if (await isSignedBy(file, signature, key, { home, signal })) return signature;
      throw new PortFailure('SignatureInvalid', `signd did not send a good signature of ${path.basename(file)}`);
    },
    close: async () => {
      deps.keygen.close();
      await home.close();
    },
  };
}
