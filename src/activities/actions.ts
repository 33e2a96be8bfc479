import { z } from 'zod';
import type { WorkActivities } from '../contracts/activities.js';
import type { ActionPlan } from '../contracts/action.js';
import { repositoryChange } from '../contracts/repository.js';
import { isSafeName } from '../domain/safe-name.js';
import type { ActionRecord } from '../ports/frontend.js';
import { PortFailure } from '../ports/port-failure.js';
import type { ActivityDependencies } from './dependencies.js';
import { ownRun, requester } from './requester.js';

/** Type numbers of actions.md §1. */
const CREATEREPO = 3;
const GEN_GPG_KEY = 5;
/** Directories one createrepo action may name; more is no project anybody has. */
const MAX_DIRECTORIES = 5000;

const Name = z.string().refine(isSafeName, 'is not a plain name');
const CreaterepoData = z.object({
  ownername: Name,
  projectname: Name,
  project_dirnames: z.array(Name),
  chroots: z.array(Name),
  devel: z.boolean().default(false),
  appstream: z.boolean().default(false),
});
const KeyData = z.object({ ownername: Name, projectname: Name });

type Dependencies = Pick<ActivityDependencies, 'frontend' | 'messages' | 'settings' | 'observer' | 'log'>;

/** The frontend's actions: what they ask for, and whom they ask. */
export function createActionActivities(
  deps: Dependencies,
): Pick<WorkActivities, 'beginAction' | 'requestRepositories' | 'requestKey' | 'requestTurn' | 'finishAction'> {
  const { frontend, messages, settings, log } = deps;
  return {
    async beginAction({ actionId }) {
      try {
        return planAction(await frontend.action(actionId), settings.doSign);
      } catch (error) {
        if (!(error instanceof PortFailure) || error.code !== 'TaskInvalid') throw error;
        return { type: 'refused', failure: { code: error.code, message: error.message } };
      }
    },

    async requestRepositories({ requests }) {
      for (const { requestId, repository, change } of requests) {
        await messages.requestChange(repository, { ...requester(requestId), change });
      }
    },

    async requestKey({ requestId, project, dirname }) {
      await messages.requestProjectWork(project, { ...requester(requestId), work: { kind: 'ensureKey', dirname } });
    },

    async requestTurn({ requestId, project, purpose }) {
      await messages.requestProjectWork(project, { ...requester(requestId), work: { kind: 'turn', purpose } });
    },

    async finishAction({ actionId, outcome }) {
      const report =
        outcome.result === 'succeeded'
          ? { id: actionId, result: 1 as const }
          : { id: actionId, result: 2 as const, message: outcome.message };
      await frontend.reportAction(report);
      deps.observer.actionReported({ run: ownRun().runId, outcome });
      log.info({ actionId, outcome }, 'action ended');
      await messages.taskEnded('actions', { taskId: String(actionId), at: new Date().toISOString() });
    },
  };
}

/** What a record asks for; a record that does not fit is refused with the reason. Pure; exported for its test. */
export function planAction(record: ActionRecord, doSign: boolean): ActionPlan {
  switch (record.type) {
    case CREATEREPO: {
      const parsed = CreaterepoData.safeParse(record.data);
      if (!parsed.success) return refused(record, z.prettifyError(parsed.error));
      const { ownername, project_dirnames: dirnames, chroots, devel, appstream } = parsed.data;
      if (dirnames.length * chroots.length > MAX_DIRECTORIES) return refused(record, 'it names too many directories');
      const requests = dirnames.flatMap((dirname) =>
        chroots.map((chroot) => ({
          repository: { owner: ownername, dirname, chroot },
          change: repositoryChange('full', { devel, appstream }),
        })),
      );
      return { type: 'createrepo', requests };
    }
    case GEN_GPG_KEY: {
      const parsed = KeyData.safeParse(record.data);
      if (!parsed.success) return refused(record, z.prettifyError(parsed.error));
      const project = { owner: parsed.data.ownername, project: parsed.data.projectname };
      return { type: 'gen_gpg_key', project, sign: doSign };
    }
    default:
      return {
        type: 'refused',
        failure: { code: 'ActionUnsupported', message: `action type ${record.type} is not known to this backend` },
      };
  }
}

function refused(record: ActionRecord, why: string): ActionPlan {
  const message = `the data of action ${record.id} does not fit: ${why.replaceAll('\n', ' ')}`.slice(0, 500);
  return { type: 'refused', failure: { code: 'TaskInvalid', message } };
}
