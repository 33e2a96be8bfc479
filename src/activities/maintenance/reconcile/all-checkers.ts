import type { BuilderPool } from '../../../ports/build/builder-pool.js';
import type { Frontend } from '../../../ports/frontend.js';
import type {
  OpenBuilds,
  RepositoryOwners,
  RepositorySurvey,
  ShownKeys,
} from '../../../ports/maintenance/reconciliation.js';
import type { OpenTickets, TicketUse } from '../../../ports/maintenance/tickets.js';
import type { ProjectContents } from '../../../ports/project/project-contents.js';
import type { PrunableTree } from '../../../ports/prune/prunable-tree.js';
import type { WorkflowMessages } from '../../../ports/workflow-messages.js';
import type { Checker } from './checker.js';
import { directoryChecker } from './directories.js';
import { keyChecker } from './keys.js';
import { metadataChecker } from './metadata.js';
import { repodataChecker } from './repodata.js';
import { runningChecker } from './running.js';
import { ticketChecker } from './tickets.js';

export type CheckerPorts = {
  readonly resalloc: OpenTickets;
  readonly use: TicketUse;
  readonly pool: Pick<BuilderPool, 'close'>;
  readonly frontend: Pick<Frontend, 'pendingBuilds' | 'project'>;
  readonly builds: OpenBuilds;
  readonly messages: Pick<WorkflowMessages, 'dispatchView'>;
  readonly tree: Pick<PrunableTree, 'projects'>;
  readonly contents: ProjectContents;
  readonly survey: RepositorySurvey;
  readonly owners: RepositoryOwners;
  /** Null: packages are not signed here. */
  readonly keys: ShownKeys | null;
  readonly now: () => number;
  /** Between the two looks at the builds' tickets. */
  readonly pauseMs?: number;
};

/** Every check, in the order in which a round does them: the quick ones first. */
export function allCheckers(ports: CheckerPorts): readonly Checker[] {
  const { keys } = ports;
  return [
    ticketChecker(ports),
    runningChecker(ports),
    repodataChecker(ports),
    ...(keys === null ? [] : [keyChecker({ ...ports, keys })]),
    directoryChecker(ports),
    metadataChecker(ports),
  ];
}
