import { rm } from 'node:fs/promises';
import path from 'node:path';
import type { BuildPackages, BuildPlace } from '../../ports/build/build-place.js';
import type { Signer } from '../../ports/signing/signer.js';
import { createTreePaths } from '../file-tree/paths.js';
import { makeStaging, stagingPath } from '../file-tree/staging.js';
import type { RecordedPackage } from './build-record.js';
import { goneFiles } from './gone-files.js';
import type { PackageBytes } from './package-bytes.js';

/**
 * A signer that also looks at the signatures of delivered packages whose files are gone from the disk: they are brought
 * from Pulp, build by build, and removed after the look. Everything else it does is done with staged files.
 */
export function createPulpSigner(deps: {
  readonly destdir: string;
  readonly signer: Signer;
  readonly bytes: PackageBytes;
}): Signer {
  const { signer, bytes } = deps;
  const paths = createTreePaths(deps.destdir);

  async function lackingOfGone(
    place: BuildPlace,
    gone: readonly RecordedPackage[],
    request: Parameters<Signer['lacking']>[0],
  ): Promise<readonly string[]> {
    const staging = await makeStaging(paths, place);
    const directory = stagingPath(paths, place, staging);
    try {
      const wanted = gone.map((of) => ({ of, to: path.join(directory, of.file) }));
      await bytes.fetch(place, wanted, request.signal);
      const packages = [{ of: { ...place, staging }, rpms: gone.map(({ file }) => file) }];
      return (await signer.lacking({ ...request, packages })).flatMap(({ rpms }) => rpms);
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  }

  return {
    ...signer,
    lacking: async (request) => {
      const found: BuildPackages[] = [];
      const there: BuildPackages[] = [];
      for (const { of, rpms } of request.packages) {
        const doing = `${paths.build(of)}: its packages cannot be looked at`;
        const gone = 'staging' in of ? [] : await paths.within(doing, () => goneFiles(paths, of, rpms));
        const names = new Set(gone.map(({ file }) => file));
        const left = rpms.filter((rpm) => !names.has(path.basename(rpm)));
        if (left.length > 0) there.push({ of, rpms: left });
        if (gone.length === 0) continue;
        const lacking = await paths.within(doing, () => lackingOfGone(of, gone, request));
        if (lacking.length > 0) found.push({ of, rpms: lacking });
      }
      const others = there.length === 0 ? [] : await signer.lacking({ ...request, packages: there });
      return merged([...found, ...others]);
    },
  };
}

/** One entry a build. */
function merged(packages: readonly BuildPackages[]): readonly BuildPackages[] {
  const byPlace = new Map<BuildPackages['of'], readonly string[]>();
  for (const { of, rpms } of packages) byPlace.set(of, [...(byPlace.get(of) ?? []), ...rpms]);
  return [...byPlace].map(([of, rpms]) => ({ of, rpms }));
}
