import type { ForkedBuild } from '../../contracts/action/action.js';
import type { SignActivities } from '../../contracts/activities.js';
import { SOURCE_CHROOT } from '../../contracts/build/build.js';
import { buildWorkflowId, type ProjectId } from '../../contracts/names/ids.js';
import { signingDigest } from '../../domain/signing/signing-policy.js';
import type { StagedCopy } from '../../ports/project/build-copies.js';
import { PortFailure } from '../../ports/port-failure.js';
import type { BuildPackages, BuildPlace } from '../../ports/build/build-place.js';
import type { Digest } from '../../ports/signing/signer.js';
import { allButRefused, copySlice, type CopyFailure, type CopyProgress, type Finishing } from './build-copy.js';
import type { ActivityDependencies } from '../dependencies.js';
import { withHeartbeat } from '../heartbeat.js';
import { signVerified } from '../signing/sign-verified.js';

type Dependencies = Pick<
  ActivityDependencies,
  'signer' | 'stagingArea' | 'buildResults' | 'packageCopies' | 'copies' | 'work' | 'messages' | 'settings' | 'log'
>;

/**
 * Copies builds of one project into another, from whichever directory of the source holds them: packages are real
 * copies, signed with the destination's key (or unsigned) and verified before they are committed. A copy already there
 * with the right signatures is left alone; one without is signed again.
 */
export function createForkBuilds(deps: Dependencies): SignActivities['forkBuilds'] {
  const { signer, stagingArea, buildResults, packageCopies, messages, settings } = deps;
  return (input) =>
    withHeartbeat<CopyProgress, Awaited<ReturnType<SignActivities['forkBuilds']>>>(deps, async (beating) => {
      const { source, destination, sign } = input;
      const builds = await deps.work.read(input.builds);
      const dirnameOf = await locate(source, builds.slice(input.first, input.first + input.atMost));
      const list = builds.map(({ chroot, from, to }) => ({
        from: { owner: source.owner, dirname: dirnameOf(chroot, from), chroot, targetDir: from },
        to: { owner: destination.owner, dirname: destination.project, chroot, targetDir: to },
        packages: 'copies' as const,
        fromChroot: null,
      }));
      const where = { owner: destination.owner, dirname: destination.project };
      const work = { actionId: input.actionId, first: input.first, atMost: input.atMost };
      return copySlice(
        deps,
        { ...work, destination: where, copies: list },
        sign ? signed() : unsigned(source),
        beating,
      );

      function signed(): Finishing {
        return {
          missing: missingIn(source),
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
      }

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
          const { staging } = await packageCopies.copy(place, rpms);
          try {
            await signAll(digest, [{ of: { ...place, staging }, rpms }], signal);
          } catch (error) {
            await stagingArea.discard(place);
            throw error;
          }
          await packageCopies.replace({ ...place, staging });
        }
      }
    });

  /** Finds the directory of each build in the source; for a build found nowhere it is the project's main directory. */
  async function locate(
    source: ProjectId,
    builds: readonly ForkedBuild[],
  ): Promise<(chroot: string, name: string) => string> {
    const found = new Map<string, ReadonlyMap<string, string>>();
    for (const chroot of new Set(builds.map((build) => build.chroot))) {
      const names = builds.filter((build) => build.chroot === chroot).map(({ from }) => from);
      found.set(chroot, await deps.copies.locate(source, chroot, names));
    }
    return (chroot, name) => found.get(chroot)?.get(name) ?? source.project;
  }

  /** Removes all signatures; copies already in place were treated before. */
  function unsigned(source: ProjectId): Finishing {
    return {
      missing: missingIn(source),
      finish: (staged, signal) =>
        allButRefused(
          staged,
          ({ to }) => to,
          (some) => signer.unsign({ packages: packagesOf(some), signal }),
        ),
      repair: () => Promise.resolve([]),
    };
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

/** Source builds are pruned after a time, and the fork works without them; the user would miss any other build. */
function missingIn({ owner, project }: ProjectId): Finishing['missing'] {
  return ({ chroot }) =>
    chroot === SOURCE_CHROOT
      ? null
      : { code: 'BuildMissing', message: `no results in ${owner}/${project} or a directory beside it` };
}

function packagesOf(copies: readonly StagedCopy[]): readonly BuildPackages[] {
  return copies.map(({ to, staging, rpms }) => ({ of: { ...to, staging }, rpms }));
}

function workflowOf({ chroot, targetDir }: BuildPlace): string {
  const id = String(Number(targetDir.split('-', 1)[0]));
  return buildWorkflowId(chroot === SOURCE_CHROOT ? id : `${id}-${chroot}`);
}
