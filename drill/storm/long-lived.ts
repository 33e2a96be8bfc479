import type { Client } from '@temporalio/client';
import { ensureSchedule } from '../../src/adapters/temporal/ensure-schedule.js';
import { ENTITY_START } from '../../src/adapters/temporal/entity-start.js';
import { startWorkflow, type StartOptions } from '../../src/adapters/temporal/start-workflow.js';
import { DEFAULT_DURATIONS } from '../../src/contracts/durations.js';
import {
  ACTION_DISPATCHER_ID,
  BUILD_DISPATCHER_ID,
  projectWorkflowId,
  pruneWorkflowId,
  repositoryWorkflowId,
  resignWorkflowId,
  type RepositoryId,
} from '../../src/contracts/names/ids.js';
import type {
  DispatcherInput,
  ProjectInput,
  PruneInput,
  RepositoryInput,
  ResignInput,
} from '../../src/contracts/inputs.js';
import type { PrunePlanFile } from '../../src/contracts/prune/prune.js';

/** Every long-lived workflow type; each has to continue as new in a storm. */
export const LONG_LIVED = [
  'buildDispatcher',
  'actionDispatcher',
  'repository',
  'project',
  'resign',
  'pruneResults',
] as const;
export type LongLived = (typeof LONG_LIVED)[number];

const STORAGE = 'main';
/**
 * Events after which a run continues as new, instead of thousands; the order of operations is the same. Each number
 * must exceed what a run costs that only continues its inherited work: a prune run asks again for two steps, and waits
 * for them.
 */
const EVENTS = {
  dispatcher: 200,
  actions: 100,
  repository: 60,
  project: 20,
  resign: 10,
  prune: 40,
} as const;
/** Workflows started with so few events live as long as the storm: the product would start them without. */
const DURATIONS = { ...DEFAULT_DURATIONS, linger: 7200 };
/** Seconds between two rounds of emptying the trash; the product's Schedule has one an hour. */
const TRASH_EVERY = 5;

/**
 * Starts long-lived workflows before any worker does, with the same ids and with `eventLimit` in their inputs, so that
 * they continue as new within minutes: a starting worker finds its dispatchers running and leaves them alone, and a
 * request to a repository or project reaches the running one. `eventLimit` is passed on by continue-as-new.
 * Repositories and projects that are not named here come and go as usual.
 */
export async function startLongLived(client: Client, hot: readonly RepositoryId[]): Promise<void> {
  const builds: DispatcherInput = { state: null, eventLimit: EVENTS.dispatcher };
  const actions: DispatcherInput = { state: null, eventLimit: EVENTS.actions };
  const start = <T extends LongLived>(type: T, workflowId: string, input: StartOptions<T>['input']): Promise<unknown> =>
    startWorkflow<LongLived>(client, type, { ...ENTITY_START, workflowId, input });
  await start('buildDispatcher', BUILD_DISPATCHER_ID, builds);
  await start('actionDispatcher', ACTION_DISPATCHER_ID, actions);
  await ensureSchedule(client, `trash/${STORAGE}-storm`, {
    type: 'emptyTrash',
    input: { storage: STORAGE, durations: DURATIONS },
    every: TRASH_EVERY,
    staticSummary: 'rounds of the storm',
  });
  for (const repository of hot) {
    const { owner, dirname } = repository;
    const project = { owner, project: dirname };
    const common = { storage: STORAGE, durations: DURATIONS, carried: null };
    const forRepository: RepositoryInput = { repository, ...common, eventLimit: EVENTS.repository };
    const forProject: ProjectInput = { project, ...common, eventLimit: EVENTS.project };
    await start('repository', repositoryWorkflowId(repository), forRepository);
    await start('project', projectWorkflowId(project), forProject);
  }
}

/** Signs a directory again like `copr-fix-gpg`, with few events; resolves when it is started. */
export async function startResign(client: Client, { owner, dirname }: RepositoryId): Promise<void> {
  const target = { owner, dirname };
  const input: ResignInput = {
    ...{ target, chroots: null, storage: STORAGE, durations: DEFAULT_DURATIONS },
    ...{ eventLimit: EVENTS.resign, carried: null },
  };
  await startWorkflow(client, 'resign', { ...ENTITY_START, workflowId: resignWorkflowId(target), input });
}

/** Executes a plan like `copr-prune-results`, one line at a time and with few events. */
export async function startPrune(client: Client, plan: PrunePlanFile): Promise<void> {
  const input: PruneInput = {
    ...{ plan, parallel: 2, stepLines: 1, storage: STORAGE, durations: DEFAULT_DURATIONS },
    ...{ eventLimit: EVENTS.prune, carried: null },
  };
  await startWorkflow(client, 'pruneResults', { ...ENTITY_START, workflowId: pruneWorkflowId(STORAGE), input });
}

export { STORAGE };
