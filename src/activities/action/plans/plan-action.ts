import { z } from 'zod';
import type { ActionPlan } from '../../../contracts/action/action.js';
import { cutToFit } from '../../../contracts/bounded-text.js';
import type { ActionRecord, ActionType } from '../../../ports/frontend.js';
import { planFork, planRawhideToRelease, planRename } from './copies.js';
import { planDeleteBuilds, planDeleteChroot, planDeleteProject, planRemoveDirs } from './deletes.js';
import { planComps, planCreaterepo, planKey, planModule } from './metadata.js';

const PLANNERS: Readonly<Record<ActionType, (record: ActionRecord, doSign: boolean) => ActionPlan>> = {
  delete: planDelete,
  rename: planRename,
  legalFlag: () => ({ type: 'nothing', why: 'a legal flag is the frontend’s own matter' }),
  createrepo: planCreaterepo,
  updateComps: planComps,
  generateKey: planKey,
  rawhideToRelease: planRawhideToRelease,
  fork: planFork,
  updateModule: () => unsupported('update_module_md: no frontend sends it, and build_module brings the whole document'),
  buildModule: planModule,
  cancelBuild: () => unsupported('cancel_build: builds are canceled through cancel-requests'),
  removeDirectories: planRemoveDirs,
};

/** An action on a project whose packages are in Pulp: changing only the results tree would be reported as success. */
const InPulp = z.object({ storage: z.literal(1) });

/**
 * Makes the plan that a record asks for, with complete lists of any length (`shortPlan` moves those into files); a
 * record that does not fit is refused with the reason. Pure.
 */
export function planAction(record: ActionRecord, doSign: boolean): ActionPlan {
  if (InPulp.safeParse(record.data).success)
    return unsupported('the project stores its packages in Pulp, which this backend does not serve');
  try {
    return PLANNERS[record.type](record, doSign);
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error;
    const message = `the data of action ${record.id} does not fit: ${z.prettifyError(error).replaceAll('\n', ' ')}`;
    return { type: 'refused', failure: { code: 'TaskInvalid', message: cutToFit(message, 500) } };
  }
}

function planDelete(record: ActionRecord): ActionPlan {
  switch (record.objectType) {
    case 'copr':
      return planDeleteProject(record);
    case 'build':
    case 'builds':
      return planDeleteBuilds(record);
    case 'chroot':
      return planDeleteChroot(record);
    case null:
    default:
      return unsupported(`delete of ${JSON.stringify(record.objectType).slice(0, 100)} is not known to this backend`);
  }
}

function unsupported(message: string): ActionPlan {
  return { type: 'refused', failure: { code: 'ActionUnsupported', message } };
}
