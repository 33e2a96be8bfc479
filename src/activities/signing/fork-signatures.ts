import { SOURCE_CHROOT } from '../../contracts/build/build.js';
import { buildWorkflowId, type ProjectId } from '../../contracts/names/ids.js';
import { signingDigest } from '../../domain/signing/signing-policy.js';
import type { BuildPackages, BuildPlace } from '../../ports/build/build-place.js';
import { PortFailure } from '../../ports/port-failure.js';
import type { PackageStore } from '../../ports/package-store.js';
import type { StagedCopy } from '../../ports/project/build-copies.js';
import type { Digest } from '../../ports/signing/signer.js';
import type { ActivityDependencies } from '../dependencies.js';
import { allButRefused, type CopyFailure, type Finishing } from '../project/build-copy.js';
import { signVerified } from './sign-verified.js';

type Dependencies = Pick<ActivityDependencies, 'signer' | 'stagingArea' | 'buildResults' | 'messages' | 'settings'> &
  Pick<PackageStore, 'packageCopies'>;

/** The steps of a fork for the signatures of its copies, before they are committed and where they are in place. */
export type ForkSignatures = Pick<Finishing, 'finish' | 'repair'>;

/** Copies carry good signatures of the destination's key; one already in place without them is signed again. */
export function forkSigned(deps: Dependencies, destination: ProjectId): ForkSignatures {
  const { signer, stagingArea, buildResults, packageCopies, messages, settings } = deps;
  return {
    finish: (staged, signal) =>
      byDigest(
        staged,
        ({ to }) => to,
        (digest, some) => signAll(digest, packagesOf(some), signal),
      ),
    repair: (standing, signal) =>
      byDigest(
        standing,
        (place) => place,
        (digest, some) => signWhatLacks(digest, some, signal),
      ),
  };

  async function signAll(digest: Digest, packages: readonly BuildPackages[], signal: AbortSignal): Promise<void> {
    await signVerified(signer, { project: destination, digest, packages, signal });
  }

  async function signWhatLacks(digest: Digest, places: readonly BuildPlace[], signal: AbortSignal): Promise<void> {
    const packages = await Promise.all(
      places.map(async (place) => ({ of: place, rpms: await buildResults.rpms(place) })),
    );
    for (const { of: place, rpms } of await signer.lacking({ project: destination, digest, packages, signal })) {
      // An open build with the same number is left to its own workflow.
      if (await messages.isOpen(workflowOf(place))) continue;
      await stagingArea.discard(place);
      const { staging } = await packageCopies.copy(place, rpms, signal);
      try {
        await signAll(digest, [{ of: { ...place, staging }, rpms }], signal);
      } catch (error) {
        await stagingArea.discard(place);
        throw error;
      }
      await packageCopies.replace({ ...place, staging });
    }
  }

  /** Handles chroots with the same digest together: the signer is cheapest with many files. */
  async function byDigest<T>(
    items: readonly T[],
    placeOf: (item: T) => BuildPlace,
    work: (digest: Digest, items: readonly T[]) => Promise<void>,
  ): Promise<readonly CopyFailure[]> {
    const groups = new Map<Digest, T[]>();
    const refused: CopyFailure[] = [];
    for (const item of items) {
      const place = placeOf(item);
      try {
        const digest = digestOf(place.chroot);
        groups.set(digest, [...(groups.get(digest) ?? []), item]);
      } catch (error) {
        if (!(error instanceof PortFailure)) throw error;
        refused.push({ place, failure: { code: error.code, message: error.message } });
      }
    }
    for (const [digest, some] of groups)
      refused.push(...(await allButRefused(some, placeOf, (part) => work(digest, part))));
    return refused;
  }

  function digestOf(chroot: string): Digest {
    try {
      return signingDigest(chroot, settings.gentlyGpgSha256);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new PortFailure('TaskInvalid', `no digest is known for it: ${why}`, { cause: error });
    }
  }
}

/** Copies carry no signatures; copies already in place were treated before. */
export function forkUnsigned({ signer }: Pick<Dependencies, 'signer'>): ForkSignatures {
  return {
    finish: (staged, signal) =>
      allButRefused(
        staged,
        ({ to }) => to,
        (some) => signer.unsign({ packages: packagesOf(some), signal }),
      ),
    repair: () => Promise.resolve([]),
  };
}

function packagesOf(copies: readonly StagedCopy[]): readonly BuildPackages[] {
  return copies.map(({ to, staging, rpms }) => ({ of: { ...to, staging }, rpms }));
}

function workflowOf({ chroot, targetDir }: BuildPlace): string {
  const id = String(Number(targetDir.split('-', 1)[0]));
  return buildWorkflowId(chroot === SOURCE_CHROOT ? id : `${id}-${chroot}`);
}
