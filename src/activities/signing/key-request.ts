import type { StepActivities } from '../../contracts/activities.js';
import type { ActivityDependencies } from '../dependencies.js';
import { requester } from '../requester.js';

type Dependencies = Pick<ActivityDependencies, 'backendLog' | 'messages'>;

/**
 * Asks a project for its key in one of its directories; the answer goes to the requesting run. A build that waits for
 * it says so in its backend.log.
 */
export function createKeyRequest(deps: Dependencies): StepActivities['requestKey'] {
  const { backendLog, messages } = deps;
  return async ({ requestId, project, dirname, facts }) => {
    if (facts !== undefined) await backendLog.note(facts, ["Waiting for the project's signing key"]);
    await messages.requestProjectWork(project, { ...requester(requestId), work: { kind: 'ensureKey', dirname } });
  };
}
