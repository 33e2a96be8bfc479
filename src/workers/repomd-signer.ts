import type { CreaterepoIndexerDeps } from '../adapters/repository-store/repository-indexer.js';
import { PortFailure } from '../ports/port-failure.js';
import type { FileSigner } from '../adapters/rpm/file-signer.js';

/** Signatures of repomd.xml by the key of the project; one that has none yet gets it. */
export function repomdSigner(signer: FileSigner): NonNullable<CreaterepoIndexerDeps['sign']> {
  return ({ owner, dirname }) => {
    const project = { owner, project: dirname.split(':')[0] ?? dirname };
    return async (file, signal) => {
      const options = signal === undefined ? {} : { signal };
      const sign = (): Promise<string> => signer.signDetached(file, project, options);
      const signature = await sign().catch(async (error: unknown) => {
        if (!(error instanceof PortFailure) || error.code !== 'SigningKeyMissing') throw error;
        await signer.ensureKey(project, options);
        return sign();
      });
      return { signature, publicKey: await signer.publicKey(project, options) };
    };
  };
}
