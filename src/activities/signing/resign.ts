import { activityInfo } from '@temporalio/activity';
import type { SignActivities } from '../../contracts/activities.js';
import { buildWorkflowId } from '../../contracts/names/ids.js';
import { storeOf } from '../../contracts/store-kind.js';
import { isKeyRefusal, type FailureFact } from '../../contracts/failures/failure-codes.js';
import { projectOfDirname } from '../../domain/build/build-directory.js';
import { signingDigest } from '../../domain/signing/signing-policy.js';
import { PortFailure } from '../../ports/port-failure.js';
import type { BuildPlace } from '../../ports/build/build-place.js';
import type { ActivityDependencies } from '../dependencies.js';
import { withHeartbeat } from '../heartbeat.js';
import { signVerified } from './sign-verified.js';

/**
 * Build directories of one batch, and the bytes of their copies, which take twice the disk space until the batch is
 * done.
 */
const MAX_BUILDS = 100;
const MAX_BYTES = 4 * 1024 ** 3;
const FAILURES_TOLD = 5;

type Dependencies = Pick<
  ActivityDependencies,
  'signer' | 'stagingArea' | 'buildResults' | 'projectContents' | 'stores' | 'messages' | 'settings' | 'log'
>;
type Staged = { readonly place: BuildPlace; readonly staging: string; readonly count: number };

/**
 * Signs published packages again. Copies of a whole batch are signed and verified first, and then put in place by
 * renames, so that the metadata names other packages than there are only during the renames and the publication after
 * them. Packages with a good signature are left alone, so repeating a batch is short.
 */
export function createResignBuilds(deps: Dependencies): SignActivities['resignBuilds'] {
  const { signer, stagingArea, buildResults, projectContents, stores, settings, log } = deps;
  return ({ target, chroot, after, ...where }) =>
    withHeartbeat(deps, async ({ signal }) => {
      const { packageCopies, adopt } = stores[storeOf(where)];
      await adopt({ ...target, chroot }, { signal });
      const digest = signingDigest(chroot, settings.gentlyGpgSha256);
      const project = { owner: target.owner, project: projectOfDirname(target.dirname) };
      const waiting = (await projectContents.builds({ ...target, chroot })).filter(
        (build) => after === null || build > after,
      );
      const staged: Staged[] = [];
      const failures: { readonly build: string; readonly failure: FailureFact }[] = [];
      let [builds, bytes] = [0, 0];
      let last: string | null = null;
      for (const build of waiting) {
        if (builds >= MAX_BUILDS || bytes >= MAX_BYTES) break;
        signal.throwIfAborted();
        const place = { ...target, chroot, targetDir: build };
        try {
          const done = await stage(place);
          if (done !== null) {
            staged.push(done.staged);
            bytes += done.bytes;
          }
        } catch (error) {
          // Failures of the signer, the storage or the key server that may pass are retried; a broken build is skipped.
          if (!(error instanceof PortFailure) || error.retryable || isKeyRefusal(error.code)) throw error;
          const failure = { code: error.code, message: error.message };
          log.warn({ ...place, failure }, 'build left as it is');
          failures.push({ build, failure });
        }
        builds += 1;
        last = build;
      }
      for (const { place, staging } of staged) await packageCopies.replace({ ...place, staging });
      const signed = staged.reduce((sum, { count }) => sum + count, 0);
      log.info({ ...target, chroot, builds, signed, failed: failures.length }, 'batch signed again');
      const isThrough = builds === waiting.length;
      return {
        ...{ after: isThrough ? null : last, builds, signed, failed: failures.length },
        isReplaced: signed > 0 || activityInfo().attempt > 1,
        failures: failures.slice(0, FAILURES_TOLD),
      };

      /**
       * Signed copies of the packages that lack a good signature; null if none does, or if a build is running there.
       */
      async function stage(place: BuildPlace): Promise<{ readonly staged: Staged; readonly bytes: number } | null> {
        const all = [{ of: place, rpms: await buildResults.rpms(place) }];
        const lacking = (await signer.lacking({ project, digest, packages: all, signal })).flatMap(({ rpms }) => rpms);
        const isRepeated = activityInfo().attempt > 1;
        if (lacking.length === 0 && !isRepeated) return null;
        const buildId = Number(place.targetDir.slice(0, place.targetDir.indexOf('-')));
        if (await deps.messages.isOpen(buildWorkflowId(`${buildId}-${chroot}`))) return null;
        // Copies left by an attempt that was ended.
        await stagingArea.discard(place);
        if (lacking.length === 0) return null;
        const { staging, bytes } = await packageCopies.copy(place, lacking, signal);
        const packages = [{ of: { ...place, staging }, rpms: lacking }];
        try {
          await signVerified(signer, { project, digest, packages, signal });
        } catch (error) {
          await stagingArea.discard(place);
          throw error;
        }
        return { staged: { place, staging, count: lacking.length }, bytes };
      }
    });
}
