import type { FailingLook, FailingWorkflows } from '../ports/failing-workflows.js';
import { everyMinute } from './every-minute.js';

/** Number of ids in one log line. */
const LOGGED = 20;

type Log = {
  readonly error: (fields: object, text: string) => void;
  readonly warn: (fields: object, text: string) => void;
  readonly info: (fields: object, text: string) => void;
};

/**
 * Looks every minute for workflows whose tasks fail, in parallel with all other work, and logs when the set of failing
 * workflows changes. A failed look is repeated a minute later. Returns a function that ends this, after the look under
 * way.
 */
export function watchWorkflows(deps: {
  readonly workflows: FailingWorkflows;
  readonly seen: (look: FailingLook) => void;
  readonly log: Log;
  readonly pauseMs?: number;
}): () => Promise<void> {
  let known = '';
  let isBlind = false;
  return everyMinute(look, deps.pauseMs);

  async function look(ending: AbortSignal): Promise<void> {
    try {
      const look = await deps.workflows.look(ending);
      if (ending.aborted) return;
      deps.seen(look);
      tell(look);
      blind(look.missed === null ? null : new Error(look.missed));
    } catch (err) {
      if (!ending.aborted) blind(err);
    }
  }

  function tell({ found, more }: FailingLook): void {
    const workflows = found.map(({ workflowId }) => workflowId).toSorted();
    const now = workflows.join('\n');
    if (now === known) return;
    known = now;
    const fields = { count: workflows.length, more, workflows: workflows.slice(0, LOGGED) };
    if (workflows.length === 0) deps.log.info({}, 'no workflow fails its tasks any more');
    else deps.log.error(fields, 'workflow tasks fail again and again: `copr-backend status` says why and what to do');
  }

  /** Logged once, until it works again. */
  function blind(err: unknown): void {
    const was = isBlind;
    isBlind = err !== null;
    if (isBlind && !was)
      deps.log.warn({ err }, 'cannot look for workflows whose tasks fail; trying again every minute');
  }
}
