import type { Frontend } from '../../../ports/frontend.js';
import type { OpenBuild, OpenBuilds } from '../../../ports/maintenance/reconciliation.js';
import type { Finding } from '../../../domain/maintenance/reconciliation.js';
import type { WorkflowMessages } from '../../../ports/workflow-messages.js';
import { PortFailure } from '../../../ports/port-failure.js';
import type { Checker } from './checker.js';

/** A build in one of these stages has reported its end, or is about to: the frontend may have dropped it already. */
const AT_ITS_END: readonly string[] = ['keptForUser', 'publishing', 'reporting', 'stopping', 'ended'];
/** A task that ended this often, and is still listed, does not leave the list by itself. */
const ENDS = 3;

/**
 * Compares the frontend's list of work under way with the workflows: a build that the frontend no longer lists was
 * canceled or deleted there and runs for nobody; a task that ended several times and is still listed never becomes
 * final.
 */
export function runningChecker(deps: {
  readonly frontend: Pick<Frontend, 'pendingBuilds'>;
  readonly builds: OpenBuilds;
  readonly messages: Pick<WorkflowMessages, 'dispatchView'>;
}): Checker {
  const { frontend, builds, messages } = deps;
  const seen = new Map<string, OpenBuild>();
  return {
    name: 'running',
    look: async ({ signal }) => {
      // Before the list: a build that starts meanwhile is then in the list, and not among the open ones.
      const open = await builds.list();
      const listed = new Set((await frontend.pendingBuilds(signal)).map(({ taskId }) => taskId));
      const findings: Finding[] = [];
      for (const build of open.filter(({ taskId }) => !listed.has(taskId))) {
        signal.throwIfAborted();
        const stage = await builds.stageOf(build);
        if (stage === null || AT_ITS_END.includes(stage)) continue;
        const finding = unlisted(build, stage);
        seen.set(finding.key, build);
        findings.push(finding);
      }
      return {
        findings: [...findings, ...(await endless(listed))],
        looked: open.length,
        covers: () => true,
        next: null,
      };
    },
    fix: async ({ key }) => {
      const build = seen.get(key);
      if (build === undefined) throw new PortFailure('FrontendRefused', 'the frontend must drop it');
      await builds.cancel(build, 'the frontend no longer lists this build');
    },
  };

  async function endless(listed: ReadonlySet<string>): Promise<readonly Finding[]> {
    const view = await messages.dispatchView('builds');
    return (view?.tombstones ?? [])
      .filter(({ taskId, times }) => times >= ENDS && listed.has(taskId))
      .map(({ taskId, times }) => ({
        key: `listed/${taskId}`,
        text: `the frontend lists ${taskId}, which ended ${times} times`,
        remedy: `look at its backend.log, and cancel build ${taskId} in the frontend if nothing helps`,
      }));
  }
}

function unlisted({ taskId, runId }: OpenBuild, stage: string): Finding {
  return {
    key: `unlisted/${taskId}/${runId}`,
    text: `${taskId} is ${stage}, and the frontend does not list it`,
    remedy: `copr-backend cancel ${taskId}`,
  };
}
