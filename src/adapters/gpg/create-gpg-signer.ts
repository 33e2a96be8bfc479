import path from 'node:path';
import type { ProjectId } from '../../contracts/ids.js';
import { PortFailure } from '../../ports/port-failure.js';
import type { Signer } from '../../ports/signer.js';
import { findProgram } from './find-program.js';
import { openGnupgHome } from './gnupg-home.js';
import { exportKey, findKey, makeKey, prolongKey, userIdOf, type ProjectKey } from './keys.js';
import { areBy, badFiles, insistOnPackages, statedSignatures } from './rpm-signatures.js';

export type GpgSignerDeps = {
  /** Absolute path of the GnuPG home that holds the projects' keys; made with mode 0700 when it is missing. */
  readonly home: string;
  readonly signDomain: string;
  readonly log?: { readonly info: (facts: object, message: string) => void };
};

/** `close` ends the gpg-agent of the home; a signer that is used again starts another. */
export type GpgSigner = Signer & { readonly close: () => Promise<void> };

/** Keys and signatures by gpg, rpmsign and rpmkeys on this host: for installations without obs-signd. */
export function createGpgSigner(deps: GpgSignerDeps): GpgSigner {
  const directory = path.resolve(deps.home);
  const home = openGnupgHome(directory);

  const lookup = (project: ProjectId, signal: AbortSignal | undefined) =>
    ({ home, userId: userIdOf(project, deps.signDomain), signal }) as const;

  async function keyOf(project: ProjectId, signal: AbortSignal | undefined): Promise<ProjectKey> {
    const key = await findKey(lookup(project, signal));
    if (key !== null) return key;
    throw new PortFailure('SigningKeyMissing', `no key for ${userIdOf(project, deps.signDomain)}`, {
      retryable: false,
    });
  }

  /** Those of the files that do not carry a good signature by the project's key with the digest, and only such. */
  async function unsigned(request: Parameters<Signer['verify']>[0], key: ProjectKey): Promise<readonly string[]> {
    const { files, signal } = request;
    const stated = await statedSignatures({ home, files, signal });
    const claiming = files.filter((_, index) => areBy(stated[index] ?? null, key.keyId, request.digest));
    if (claiming.length === 0) return files;
    const publicKey = await exportKey(lookup(request.project, signal), key);
    const bad = new Set(await badFiles({ home, files: claiming, signal }, publicKey));
    return files.filter((file) => bad.has(file) || !claiming.includes(file));
  }

  async function ensureKey(project: ProjectId, signal: AbortSignal | undefined): Promise<void> {
    const found = await findKey(lookup(project, signal));
    if (found === null) {
      await makeKey({ ...lookup(project, signal), lockDirectory: directory });
      deps.log?.info({ project }, 'signing key made');
    } else if (found.isExpired) {
      await prolongKey(lookup(project, signal), found);
      deps.log?.info({ project, fingerprint: found.fingerprint }, 'signing key prolonged');
    }
  }

  return {
    ensureKey: (project, options) => ensureKey(project, options?.signal),
    publicKey: async (project, options) =>
      exportKey(lookup(project, options?.signal), await keyOf(project, options?.signal)),
    sign: async (request) => {
      if (request.files.length === 0) return 0;
      await insistOnPackages(request.files);
      const key = await keyOf(request.project, request.signal);
      const files = await unsigned(request, key);
      if (files.length === 0) return 0;
      const macros = [
        `__gpg ${await findProgram('gpg')}`,
        `_gpg_name ${key.fingerprint}`,
        `_gpg_digest_algo ${request.digest}`,
      ];
      const args = [...macros.flatMap((macro) => ['--define', macro]), '--resign', ...files];
      const result = await home.run('rpmsign', args, request.signal === undefined ? {} : { signal: request.signal });
      if (result.code !== 0) throw new PortFailure('SigningFailed', result.summary, { retryable: true });
      return files.length;
    },
    verify: async (request) => {
      if (request.files.length === 0) return;
      await insistOnPackages(request.files);
      const bad = await unsigned(request, await keyOf(request.project, request.signal));
      if (bad.length === 0) return;
      const names = bad.map((file) => path.basename(file)).join(', ');
      throw new PortFailure('SignatureInvalid', `no good ${request.digest} signature of the project's key: ${names}`, {
        retryable: false,
      });
    },
    close: () => home.close(),
  };
}
