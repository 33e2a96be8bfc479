import type { SignActivities } from '../../contracts/activities.js';
import { signingDigest } from '../../domain/signing/signing-policy.js';
import type { ActivityDependencies } from '../dependencies.js';
import { createForkBuilds } from '../project/fork.js';
import { withHeartbeat } from '../heartbeat.js';
import { createResignBuilds } from './resign.js';
import { signVerified } from './sign-verified.js';

type Dependencies = Pick<ActivityDependencies, 'signer' | 'tree' | 'copies' | 'work' | 'messages' | 'settings' | 'log'>;

/** Signatures and keys; nothing leaves here unverified. */
export function createSignActivities(deps: Dependencies): SignActivities {
  const { signer, tree, settings } = deps;
  return {
    signResults: ({ facts, staging }) =>
      withHeartbeat(deps, async ({ signal }) => {
        const digest = signingDigest(facts.chroot, settings.gentlyGpgSha256);
        const project = { owner: facts.owner, project: facts.project };
        const { files, signed } = await signAll().catch(async (error: unknown) => {
          // A project that is deleted takes its staging directory along, under the signer's hands.
          await tree.refuseDeleted(facts);
          throw error;
        });
        if (files.length === 0) return { signed: 0, isKeyOutdated: false };
        const refusal = signingDigest(facts.chroot, true) === digest ? null : settings.sha1Refusal;
        const instead =
          refusal === null ? [] : [`sha256 instead of sha1, which the rpm of this host refuses: ${refusal}`];
        const done = `Signed ${signed} of ${files.length} RPMs with ${digest}, all signatures verified`;
        await tree.note(facts, [done, ...instead]);
        const armored = await signer.publicKey(project, { signal });
        return { signed, isKeyOutdated: !(await tree.isPublicKey(facts, armored)) };

        async function signAll(): Promise<{ readonly files: readonly string[]; readonly signed: number }> {
          const files = await tree.rpms(tree.staging(facts, staging));
          if (files.length === 0) return { files, signed: 0 };
          return { files, signed: await signVerified(signer, { project, digest, files, signal }) };
        }
      }),

    ensureKey: ({ project, dirname }) =>
      withHeartbeat(deps, async ({ signal }) => {
        await signer.ensureKey(project, { signal });
        await tree.writePublicKey({ owner: project.owner, dirname }, await signer.publicKey(project, { signal }));
      }),

    resignBuilds: createResignBuilds(deps),
    forkBuilds: createForkBuilds(deps),
  };
}
