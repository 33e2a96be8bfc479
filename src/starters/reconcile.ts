import path from 'node:path';
import { allCheckers } from '../activities/maintenance/reconcile/all-checkers.js';
import { reconcile } from '../activities/maintenance/reconcile/reconcile.js';
import { createFrontendHttp } from '../adapters/frontend-http/frontend.js';
import { createShownKeys } from '../adapters/gpg/shown-keys.js';
import { createReconcileMemory } from '../adapters/plan-files/reconcile-memory.js';
import { createRepositorySurvey } from '../adapters/repository-store/survey/repository-survey.js';
import { createPrunableTree } from '../adapters/repository-store/survey/prunable-tree.js';
import { createResalloc } from '../adapters/resalloc-xmlrpc/builder-pool.js';
import { createOpenTickets } from '../adapters/resalloc-xmlrpc/open-tickets.js';
import { createResultTree } from '../adapters/result-tree/result-tree.js';
import { createOpenBuilds } from '../adapters/temporal/open-builds.js';
import { createRepositoryOwners } from '../adapters/temporal/repository-owners.js';
import { createWorkflowMessages } from '../adapters/temporal/workflow-messages.js';
import { notedTickets } from '../adapters/ticket-clerk/noted-tickets.js';
import type { Config } from '../config/schema.js';
import { DEFAULT_DURATIONS } from '../contracts/durations.js';
import type { MaintenanceOutcome } from '../contracts/maintenance/maintenance.js';
import { CHECKS, type CheckMode, type CheckName } from '../domain/maintenance/reconciliation.js';
import type { Logger } from '../logging/logger.js';
import type { OpenClient } from './connect.js';
import { ticketUse } from './under-way.js';

/** How a person runs the reconciler on this host. */
export type ReconcileRun = {
  /** Null: all. */
  readonly check: CheckName | null;
  /** Fixes what two looks have found, and remembers this look; otherwise nothing is changed or written. */
  readonly fixes: boolean;
  readonly tell: (line: string) => void;
  readonly progress: (line: string) => void;
  readonly signal: AbortSignal;
  /** Ms since 1970; a drill lets the time between two looks pass faster. */
  readonly now: () => number;
};

/** One round of the reconciler over the whole tree, in the foreground. Rejects with what it cannot do without. */
export async function runReconcile(
  open: OpenClient,
  config: Config,
  log: Logger,
  run: ReconcileRun,
): Promise<MaintenanceOutcome> {
  const { client } = open;
  const { destdir, resultsBaseurl, storageName: storage, resallocConnection: url } = config;
  const durations = DEFAULT_DURATIONS;
  const messages = createWorkflowMessages({ client, storage, durations });
  const keys = createShownKeys({ destdir, home: path.join(config.stateDir, 'shown-keys') });
  const resalloc = createResalloc({ url });
  const checkers = allCheckers({
    resalloc: createOpenTickets({ resalloc, noted: () => notedTickets(config.stateDir) }),
    use: ticketUse(open, config.stateDir),
    pool: resalloc,
    frontend: createFrontendHttp({ baseUrl: config.frontendBaseUrl, password: config.frontendAuth, log }),
    builds: createOpenBuilds(client),
    messages,
    tree: createPrunableTree({ destdir }),
    contents: createResultTree({ destdir, logMaxBytes: config.logMaxBytes, log }).projectContents,
    survey: createRepositorySurvey({ destdir, resultsBaseurl }),
    owners: createRepositoryOwners({ client, storage, durations }),
    keys: config.doSign ? keys : null,
    now: run.now,
  });
  const { check, fixes, tell, progress, signal, now } = run;
  const round = reconcile(
    {
      checkers: checkers.filter(({ name }) => check === null || check === name),
      memory: createReconcileMemory({ destdir }),
      ...{ now, tell },
    },
    { modes: all(fixes ? 'fix' : 'propose'), maxFixes: config.reconcileMaxFixes, isWhole: true },
  );
  try {
    return await round({ signal, progress, dryRun: !fixes });
  } finally {
    messages.close();
    await keys.close();
  }
}

/** Somebody who looks wants to know what to do about everything. */
function all(mode: CheckMode): Readonly<Record<CheckName, CheckMode>> {
  return Object.fromEntries(CHECKS.map((name) => [name, mode])) as Record<CheckName, CheckMode>;
}
