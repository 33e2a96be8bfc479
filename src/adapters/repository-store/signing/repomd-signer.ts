import { isKeyRefusal } from '../../../contracts/failures/failure-codes.js';
import { projectOfDirname } from '../../../domain/build/build-directory.js';
import { PortFailure } from '../../../ports/port-failure.js';
import type { RepomdSigner } from './repomd-signing.js';
import type { FileSigner } from '../../rpm/file-signer.js';

/** Signs repomd.xml with the project's key; a missing key is created, and an expired one is extended. */
export function repomdSigner(signer: FileSigner): RepomdSigner {
  return ({ owner, dirname }) => {
    const project = { owner, project: projectOfDirname(dirname) };
    return async (file, signal) => {
      const options = signal === undefined ? {} : { signal };
      const sign = (): Promise<string> => signer.signDetached(file, project, options);
      const signature = await sign().catch(async (error: unknown) => {
        if (!(error instanceof PortFailure) || !isKeyRefusal(error.code)) throw error;
        await signer.ensureKey(project, options);
        return sign();
      });
      return { signature, publicKey: await signer.publicKey(project, options) };
    };
  };
}
