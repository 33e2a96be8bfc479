import type { SignActivities } from '../../contracts/activities.js';
import { signingDigest } from '../../domain/signing/signing-policy.js';
import type { ActivityDependencies } from '../dependencies.js';
import { createForkBuilds } from '../project/fork.js';
import { withHeartbeat } from '../heartbeat.js';
import { createResignBuilds } from './resign.js';
import { signVerified } from './sign-verified.js';

type Dependencies = Pick<
  ActivityDependencies,
  | 'signer'
  | 'buildDirectories'
  | 'backendLog'
  | 'stagingArea'
  | 'buildResults'
  | 'projectKeys'
  | 'projectContents'
  | 'stores'
  | 'work'
  | 'messages'
  | 'settings'
  | 'log'
>;

/** Signatures and keys; nothing passes unverified. */
export function createSignActivities(deps: Dependencies): SignActivities {
  const { signer, buildDirectories, backendLog, buildResults, projectKeys, settings } = deps;
  return {
    signResults: ({ facts, staging }) =>
      withHeartbeat(deps, async ({ signal }) => {
        const digest = signingDigest(facts.chroot, settings.gentlyGpgSha256);
        const project = { owner: facts.owner, project: facts.project };
        const { rpms, signed } = await signAll().catch(async (error: unknown) => {
          // Deleting a project removes its staging directory too, even while the signer works in it.
          await buildDirectories.refuseDeleted(facts);
          throw error;
        });
        if (rpms.length === 0) return { signed: 0, isKeyOutdated: false };
        const isOther = signingDigest(facts.chroot, true) !== digest;
        const instead =
          isOther && !settings.sha1.isTaken
            ? [`sha256 instead of sha1, which the rpm of this host refuses: ${settings.sha1.why}`]
            : [];
        const done = `Signed ${signed} of ${rpms.length} RPMs with ${digest}, all signatures verified`;
        await backendLog.note(facts, [done, ...instead]);
        const armored = await signer.publicKey(project, { signal });
        return { signed, isKeyOutdated: !(await projectKeys.matches(facts, armored)) };

        async function signAll(): Promise<{ readonly rpms: readonly string[]; readonly signed: number }> {
          const staged = { ...facts, staging };
          const rpms = await buildResults.rpms(staged);
          if (rpms.length === 0) return { rpms, signed: 0 };
          const packages = [{ of: staged, rpms }];
          return { rpms, signed: await signVerified(signer, { project, digest, packages, signal }) };
        }
      }),

    ensureKey: ({ project, dirname }) =>
      withHeartbeat(deps, async ({ signal }) => {
        await signer.ensureKey(project, { signal });
        await projectKeys.write({ owner: project.owner, dirname }, await signer.publicKey(project, { signal }));
      }),

    resignBuilds: createResignBuilds(deps),
    forkBuilds: createForkBuilds(deps),
  };
}
