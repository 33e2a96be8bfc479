import type { ActionEnd } from './action/action.js';
import type { BuildEnd } from './build/build.js';
import type { FailureFact } from './failures/failure-codes.js';
import type {
  ActionInput,
  BuildInput,
  ChangeStorageInput,
  DispatcherInput,
  EmptyTrashInput,
  MaintenanceInput,
  ProjectInput,
  PruneAllInput,
  PruneInput,
  RepositoryInput,
  RepositoryRequestInput,
  ResignInput,
} from './inputs.js';
import type { MaintenanceOutcome } from './maintenance/maintenance.js';
import type { StorageMoveOutcome } from './project/storage-move.js';
import type { TrashRound } from './project/trash.js';
import type { PruneOutcome, PruneRound } from './prune/prune.js';
import type { ResignOutcome } from './signing/resign.js';

/** Every workflow by its type, with its input and result. */
export type Workflows = {
  readonly action: (input: ActionInput) => Promise<ActionEnd>;
  readonly actionDispatcher: (input: DispatcherInput) => Promise<void>;
  readonly build: (input: BuildInput) => Promise<BuildEnd>;
  readonly buildDispatcher: (input: DispatcherInput) => Promise<void>;
  readonly changeStorage: (input: ChangeStorageInput) => Promise<StorageMoveOutcome>;
  readonly emptyTrash: (input: EmptyTrashInput) => Promise<TrashRound>;
  readonly maintenance: (input: MaintenanceInput) => Promise<MaintenanceOutcome>;
  readonly project: (input: ProjectInput) => Promise<void>;
  readonly pruneAll: (input: PruneAllInput) => Promise<PruneRound>;
  readonly pruneResults: (input: PruneInput) => Promise<PruneOutcome>;
  readonly repository: (input: RepositoryInput) => Promise<void>;
  /** Null: clients can see it. */
  readonly repositoryRequest: (input: RepositoryRequestInput) => Promise<FailureFact | null>;
  readonly resign: (input: ResignInput) => Promise<ResignOutcome>;
};

export type WorkflowType = keyof Workflows;

/** Those that may outlive a version of the workers; they go on in another one when they are told that it changed. */
export const MOVING_TYPES = [
  'actionDispatcher',
  'buildDispatcher',
  'changeStorage',
  'emptyTrash',
  'project',
  'pruneResults',
  'repository',
  'resign',
] as const satisfies readonly WorkflowType[];
export type MovingType = (typeof MOVING_TYPES)[number];

/** Types of workflows that run as long as there is work, or forever: if one gets stuck, it holds up others. */
export const LONG_LIVED_TYPES = [
  ...MOVING_TYPES,
  ...(['maintenance', 'pruneAll'] as const),
] as const satisfies readonly WorkflowType[];

/** Every registered workflow type; a test compares them with the bundle. */
export const WORKFLOW_TYPES = [
  ...LONG_LIVED_TYPES,
  ...(['action', 'build', 'repositoryRequest'] as const),
] as const satisfies readonly WorkflowType[];
