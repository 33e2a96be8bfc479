import path from 'node:path';
import type { ProjectId } from '../../contracts/names/ids.js';
import { PortFailure } from '../../ports/port-failure.js';
import type { FileSigner } from '../rpm/file-signer.js';
import { insistOnPackages, runForPackages } from '../rpm/package-files.js';
import { lackingSignature, notSigned, removeSignatures, signLacking, verifySignatures } from '../rpm/signatures.js';
import { createKeyMemory, type SigningKey } from './key-memory.js';
import { findProgram } from './find-program.js';
import { openGnupgHome } from './gnupg-home.js';
import { exportKey, findKey, makeKey, prolongKey, userIdOf } from './keys.js';
import { signDetached } from './detached.js';
import { flawOfKey, keyOfListing } from './public-key.js';

export type GpgSignerDeps = {
  /** Absolute path of the GnuPG home that holds the projects' keys; created with mode 0700 if it is missing. */
  readonly home: string;
  readonly signDomain: string;
  readonly log?: { readonly info: (facts: object, message: string) => void };
};

/** `close` ends the gpg-agent of the home; using the signer again starts another one. */
export type GpgSigner = FileSigner & { readonly close: () => Promise<void> };

/** Makes keys and signatures with gpg, rpmsign and rpmkeys on this host, for installations without obs-signd. */
export function createGpgSigner(deps: GpgSignerDeps): GpgSigner {
  const directory = path.resolve(deps.home);
  const home = openGnupgHome(directory);
  const remembered = createKeyMemory();

  const lookup = (project: ProjectId, signal: AbortSignal | undefined) =>
    ({ home, userId: userIdOf(project, deps.signDomain), lockDirectory: directory, signal }) as const;

  async function findShown(project: ProjectId, signal: AbortSignal | undefined): Promise<SigningKey | null> {
    const key = await findKey(lookup(project, signal));
    if (key === null) return null;
    const armored = await exportKey(lookup(project, signal), key);
    // Uses the key ring's own listing, because an exported key lacks its expired subkeys.
    const args = ['--batch', '--with-colons', '--list-keys', '--', key.fingerprint];
    const listed = await home.run('gpg', args, signal === undefined ? {} : { signal });
    const shown = keyOfListing(armored, listed.stdout);
    if (shown !== null) return { key, shown };
    throw new PortFailure('SignerUnavailable', `gpg does not read its own key ${key.fingerprint}`);
  }

  /** A key that can sign; fails if it is missing or expired, which `ensureKey` resolves. */
  async function findUsable(project: ProjectId, signal: AbortSignal | undefined): Promise<SigningKey> {
    const userId = userIdOf(project, deps.signDomain);
    const found = await findShown(project, signal);
    if (found === null) throw new PortFailure('SigningKeyMissing', `no key for ${userId}`);
    const flaw = flawOfKey(userId, found.shown);
    if (flaw !== null) throw flaw;
    return found;
  }

  const keyOf = (project: ProjectId, signal: AbortSignal | undefined): Promise<SigningKey> =>
    remembered.get(userIdOf(project, deps.signDomain), () => findUsable(project, signal));

  async function ensureKey(project: ProjectId, signal: AbortSignal | undefined): Promise<void> {
    remembered.forget(userIdOf(project, deps.signDomain));
    const found = await findShown(project, signal);
    if (found === null) {
      await makeKey(lookup(project, signal));
      deps.log?.info({ project }, 'signing key made');
    } else if (found.shown.expiredAt !== null) {
      await prolongKey(lookup(project, signal), found.key, found.shown.expiredSubkeys);
      deps.log?.info({ project, fingerprint: found.key.fingerprint }, 'signing key prolonged');
    }
  }

  return {
    ensureKey: (project, options) => ensureKey(project, options?.signal),
    publicKey: async (project, options) => (await keyOf(project, options?.signal)).shown.armored,
    unsign: async ({ files, signal }) => {
      await insistOnPackages(files);
      await removeSignatures({ home, files, signal });
    },
    signDetached: async (file, project, options) => {
      const { signal } = options ?? {};
      const { key } = await keyOf(project, signal);
      return signDetached({ home, file, key, signal });
    },
    sign: async (request) => {
      if (request.files.length === 0) return 0;
      await insistOnPackages(request.files);
      const found = await keyOf(request.project, request.signal);
      const macros = [
        `__gpg ${await findProgram('gpg')}`,
        `_gpg_name ${found.key.fingerprint}`,
        `_gpg_digest_algo ${request.digest}`,
      ];
      // --resign replaces other signatures and also signs unsigned packages; --addsign of rpm 6 refuses a signed
      // package.
      const args = [...macros.flatMap((macro) => ['--define', macro]), '--resign'];
      return signLacking({ ...request, home }, found.shown, async ({ files }) => {
        for await (const { files: batch, result } of runForPackages({ ...request, home, files }, 'rpmsign', args)) {
          if (result.code === 0) continue;
          remembered.forget(userIdOf(request.project, deps.signDomain));
          throw notSigned(result, batch);
        }
      });
    },
    lacking: async (request) => {
      if (request.files.length === 0) return [];
      await insistOnPackages(request.files);
      const { shown } = await keyOf(request.project, request.signal);
      return lackingSignature({ ...request, home }, shown);
    },
    verify: async (request) => {
      if (request.files.length === 0) return;
      await insistOnPackages(request.files);
      const { shown } = await keyOf(request.project, request.signal);
      await verifySignatures({ ...request, home }, shown);
    },
    close: () => home.close(),
  };
}
