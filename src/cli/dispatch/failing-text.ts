import type { WorkflowType } from '../../contracts/workflows.js';
import { FAILING_WORKFLOWS, type FailingReport, type FailingReports } from '../../starters/failing-workflows.js';

type Trouble = FailingReport['trouble'];

const WHAT_TO_DO: Readonly<Record<Trouble['cause'], string>> = {
  nondeterminism: 'other code wrote its history: run the version that did, and report it with the log of a worker',
  error: 'a defect: run the version before, and report it with the log of a worker',
  timeout: "no worker ends its task in time: look at the workers' memory, CPU and log",
};

/** The loss when a workflow of each type is terminated, and who starts it again. */
const IF_TERMINATED: Readonly<Record<WorkflowType, string>> = {
  buildDispatcher: 'nothing is lost: a poller starts it again within half a minute, and it learns what runs and waits',
  actionDispatcher: 'nothing is lost: a poller starts it again within half a minute, and it learns what runs and waits',
  emptyTrash: 'nothing is lost: its Schedule starts the next round within an hour',
  maintenance: 'nothing is lost: its Schedule starts the next round; `copr-backend schedule list` says when',
  repository:
    'nothing is lost: each waiting workflow asks its successor again, after as long as it has waited so far (a minute to six hours)',
  project:
    'it forgets who has the lock: see that no action of the project runs. Waiting workflows ask again, as with a repository',
  pruneAll: 'the plan under way is canceled with it; its Schedule starts the next round within a day',
  pruneResults: 'the plan ends where it is; the next `copr-prune-results` has the rest',
  changeStorage: '`copr-change-storage` with the same project continues: what Pulp has is not sent again',
  resign: '`copr-fix-gpg` with the same directory continues: signed packages are left alone',
  build:
    'nothing is undone: close its ticket at Resalloc. It is started again while the frontend lists it (try `copr-backend cancel` first)',
  action: 'it is started again while the frontend lists it, and continues where it stopped',
  repositoryRequest: 'the command that waits for it fails: run it again',
};

/** Why it is stuck and what to do, in lines. */
export function failingLines({ workflow, trouble, namespace }: FailingReport): readonly string[] {
  const { workflowId, type } = workflow;
  return [
    `workflow tasks of ${workflowId} fail${sinceText(trouble)}: ${failingReason(trouble)}`,
    `  what to do: ${WHAT_TO_DO[trouble.cause]}`,
    `  last resort: temporal workflow terminate --namespace ${namespace} --workflow-id '${workflowId}'`,
    `    ${costOf(type)}`,
  ];
}

/** All failing workflows; empty if there are none. */
export function allFailingLines({ reports, unexplained, missed }: FailingReports): readonly string[] {
  const lines = reports.flatMap((report) => failingLines(report));
  if (unexplained > 0) lines.push(`… and ${unexplained} more: temporal workflow list --query '${FAILING_WORKFLOWS}'`);
  if (missed !== null) lines.push(`whether more workflows fail their tasks is not known: ${missed}`);
  return lines;
}

/** The same for tools. */
export function failingJson({ workflow, trouble }: FailingReport): Record<string, unknown> {
  const { workflowId, runId, type } = workflow;
  return {
    ...{ workflow: workflowId, run: runId, type },
    failing: { ...trouble, advice: WHAT_TO_DO[trouble.cause], ifTerminated: costOf(type) },
  };
}

function costOf(type: string): string {
  return (
    (IF_TERMINATED as Readonly<Record<string, string>>)[type] ?? 'it is not a workflow of this backend: find its owner'
  );
}

/** The failure in one line, with the attempt. */
export function failingReason({ cause, message, attempts }: Trouble): string {
  const usual = cause === 'timeout' ? 'no worker ended the task in time' : 'the reason is in the log of a worker';
  return `${message === '' ? usual : message}${attempts === null ? '' : `; attempt ${attempts}`}`;
}

function sinceText({ since }: Trouble): string {
  return since === null ? '' : ` since ${since}`;
}
