import path from 'node:path';
import type { BuildPackages } from '../../ports/build/build-place.js';
import type { Signer } from '../../ports/signing/signer.js';
import { createTreePaths } from '../file-tree/paths.js';
import { resultsPath } from '../file-tree/staging.js';
import type { FileSigner } from '../rpm/file-signer.js';

/** Makes keys, and signatures of packages in the results tree, with a signer of files. */
export function createTreeSigner({ destdir, files }: { readonly destdir: string; readonly files: FileSigner }): Signer {
  const paths = createTreePaths(destdir);
  const filesOf = ({ of, rpms }: BuildPackages): readonly string[] =>
    rpms.map((name) => path.join(resultsPath(paths, of), path.basename(name)));
  const withFiles = <R extends { readonly packages: readonly BuildPackages[] }>({ packages, ...rest }: R) => ({
    ...rest,
    files: packages.flatMap(filesOf),
  });
  return {
    ensureKey: files.ensureKey,
    publicKey: files.publicKey,
    sign: async (request) => files.sign(withFiles(request)),
    lacking: async (request) => {
      const lacking = new Set(await files.lacking(withFiles(request)));
      return request.packages.flatMap(({ of, rpms }) => {
        const some = rpms.filter((name) => filesOf({ of, rpms: [name] }).some((file) => lacking.has(file)));
        return some.length === 0 ? [] : [{ of, rpms: some }];
      });
    },
    verify: async (request) => files.verify(withFiles(request)),
    unsign: async (request) => files.unsign(withFiles(request)),
  };
}
