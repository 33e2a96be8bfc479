import { inTurn } from '../project-turn.js';
import { askRepositories } from './ask-repositories.js';
import type { CarryOut } from './carrying-out.js';
import { copyAll } from './copy-all.js';

/** Builds of rawhide in the release that was branched from it, packages and signatures as they are. */
export const rawhideToRelease: CarryOut<'rawhideToRelease'> = (plan, context) => {
  const { activities, answers, input } = context;
  const { project, dirname, from, to, builds, requests } = plan;
  const directory = { owner: project.owner, dirname };
  context.waitFor({ reason: 'turn', detail: `${project.owner}/${project.project}` });
  return inTurn({ activities, answers, resend: input.durations.resend }, [project], `branch ${to}`, async () => {
    const { actionId } = input;
    await activities.openCopies({ actionId, source: null, destination: directory, requests });
    const failures = await copyAll(context, builds, (slice) =>
      activities.branchBuilds({ ...slice, actionId, directory, from, to, builds }),
    );
    return [...failures, ...(await askRepositories(requests, context))];
  });
};
