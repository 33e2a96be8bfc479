import type { WorkflowHandle } from '@temporalio/client';
import {
  ACTION_SCENARIOS,
  runActionScenario,
  runProjectScenario,
  runReadersScenario,
  runSignerDownScenario,
  runFailingTrashScenario,
  runTrashScenario,
  runLocksScenario,
} from './action-scenarios.js';
import { BUSY_SCENARIOS } from './busy-scenarios.js';
import { CHANGE_STORAGE_SCENARIOS, runChangeStorageScenario } from './change-storage-scenarios.js';
import { COPY_SCENARIOS } from './copy-scenarios.js';
import { ANSWER_SCENARIOS } from './answer-scenarios.js';
import { BUILD_SCENARIOS, runBuildScenario } from './build-scenarios.js';
import { BUILDER_SCENARIOS } from './builder-scenarios.js';
import { HANDED_OVER_SCENARIOS } from './handed-over-scenarios.js';
import { runDispatcherScenario } from '../support/dispatcher-world.js';
import { DISPATCHER_CANCEL_SCENARIOS } from './dispatcher-cancel-scenarios.js';
import { DISPATCHER_MEMORY_SCENARIOS } from './dispatcher-memory-scenarios.js';
import { DISPATCHER_SCENARIOS } from './dispatcher-scenarios.js';
import { RENAME_SCENARIOS, runRenameScenario } from './rename-scenarios.js';
import { RESIGN_SCENARIOS, runResignScenario } from './resign-scenarios.js';
import { runKeyForTenBuildsScenario } from './key-scenario.js';
import { MAINTENANCE_SCENARIOS, runMaintenanceScenario } from './maintenance-scenarios.js';
import { PRUNE_ALL_SCENARIOS, runPruneAllScenario } from './prune-all-scenarios.js';
import { PRUNE_SCENARIOS, runPruneScenario } from './prune-scenarios.js';
import { REPORT_SCENARIOS } from './report-scenarios.js';
import { REPOSITORY_ORDER_SCENARIOS } from './repository-order-scenarios.js';
import { REPOSITORY_SCENARIOS, runRepositoryRequestScenario, runRepositoryScenario } from './repository-scenarios.js';

/** Every path through every workflow, by name; each has a recorded history in test/replay. */
export type Scenario = { readonly name: string; readonly of: string; readonly run: () => Promise<WorkflowHandle> };

export const SCENARIOS: readonly Scenario[] = [
  ...[...BUILD_SCENARIOS, ...BUILDER_SCENARIOS, ...ANSWER_SCENARIOS, ...REPORT_SCENARIOS].map((scenario) => ({
    name: scenario.name,
    of: 'build',
    run: () => runBuildScenario(scenario),
  })),
  ...[...REPOSITORY_SCENARIOS, ...REPOSITORY_ORDER_SCENARIOS].map((scenario) => ({
    name: scenario.name,
    of: 'repository',
    run: () => runRepositoryScenario(scenario),
  })),
  ...[...DISPATCHER_SCENARIOS, ...DISPATCHER_MEMORY_SCENARIOS, ...DISPATCHER_CANCEL_SCENARIOS].map((scenario) => ({
    name: scenario.name,
    of: 'dispatcher',
    run: () => runDispatcherScenario(scenario),
  })),
  ...ACTION_SCENARIOS.map((scenario) => ({
    name: scenario.name,
    of: 'action',
    run: () => runActionScenario(scenario),
  })),
  ...COPY_SCENARIOS.map(({ name, run }) => ({ name, of: 'action', run })),
  ...RENAME_SCENARIOS.map((scenario) => ({
    name: scenario.name,
    of: 'rename',
    run: () => runRenameScenario(scenario),
  })),
  ...RESIGN_SCENARIOS.map((scenario) => ({
    name: scenario.name,
    of: 'resign',
    run: () => runResignScenario(scenario),
  })),
  ...CHANGE_STORAGE_SCENARIOS.map((scenario) => ({
    name: scenario.name,
    of: 'change storage',
    run: () => runChangeStorageScenario(scenario),
  })),
  { name: 'repository-request-waits-and-fails', of: 'repositoryRequest', run: runRepositoryRequestScenario },
  ...PRUNE_SCENARIOS.map((scenario) => ({
    name: scenario.name,
    of: 'prune',
    run: () => runPruneScenario(scenario),
  })),
  ...MAINTENANCE_SCENARIOS.map((scenario) => ({
    name: scenario.name,
    of: 'maintenance',
    run: () => runMaintenanceScenario(scenario),
  })),
  ...PRUNE_ALL_SCENARIOS.map((scenario) => ({
    name: scenario.name,
    of: 'prune all',
    run: () => runPruneAllScenario(scenario),
  })),
  { name: 'project-makes-one-key', of: 'project', run: runProjectScenario },
  { name: 'project-makes-one-key-for-ten-builds', of: 'project', run: runKeyForTenBuildsScenario },
  { name: 'project-grants-locks', of: 'project', run: runLocksScenario },
  { name: 'project-lets-readers-share', of: 'project', run: runReadersScenario },
  { name: 'project-grants-locks-while-its-signer-is-down', of: 'project', run: runSignerDownScenario },
  { name: 'trash-is-emptied', of: 'trash', run: runTrashScenario },
  { name: 'trash-that-cannot-be-emptied', of: 'trash', run: runFailingTrashScenario },
  ...BUSY_SCENARIOS.map(({ name, run }) => ({ name, of: 'busy', run })),
  ...HANDED_OVER_SCENARIOS.map(({ name, run }) => ({ name, of: 'handed over', run })),
];
