import path from 'node:path';
import type { Client } from '@temporalio/client';
import type { ActivityDependencies } from '../activities/dependencies.js';
import { analyzeResults } from '../activities/maintenance/analyze-results.js';
import { checkTickets } from '../activities/maintenance/check-tickets.js';
import { cleanResultDirectories, LEFTOVER_DAYS } from '../activities/maintenance/clean-result-directories.js';
import { compressLiveLogs, LIVE_LOG_DAYS } from '../activities/maintenance/compress-live-logs.js';
import { countHits } from '../activities/maintenance/count-hits.js';
import type { Tell } from '../activities/maintenance/outcome.js';
import { pruneSrpms } from '../activities/maintenance/prune-srpms.js';
import { allCheckers, type CheckerPorts } from '../activities/maintenance/reconcile/all-checkers.js';
import { reconcile } from '../activities/maintenance/reconcile/reconcile.js';
import type { Job, Jobs } from '../activities/maintenance/jobs.js';
import { createCountNotes } from '../adapters/access-logs/count-notes.js';
import { createLogFile } from '../adapters/access-logs/log-file.js';
import { createHitCounters } from '../adapters/frontend-http/hit-counters.js';
import { createShownKeys } from '../adapters/gpg/shown-keys.js';
import { createReconcileMemory } from '../adapters/plan-files/reconcile-memory.js';
import { createRepositorySurvey } from '../adapters/repository-store/survey/repository-survey.js';
import { createOpenTickets } from '../adapters/resalloc-xmlrpc/open-tickets.js';
import { createResalloc } from '../adapters/resalloc-xmlrpc/builder-pool.js';
import { createBuildsUnderWay } from '../adapters/temporal/builds-under-way.js';
import { createOpenBuilds } from '../adapters/temporal/open-builds.js';
import { createRepositoryOwners } from '../adapters/temporal/repository-owners.js';
import { createTicketOwners } from '../adapters/temporal/ticket-owners.js';
import { createTicketUse } from '../adapters/temporal/ticket-use.js';
import { notedTickets } from '../adapters/ticket-clerk/noted-tickets.js';
import { readNotes } from '../adapters/ticket-clerk/read-notes.js';
import { createLeftLogs } from '../adapters/tree-care/left-logs.js';
import { createLeftoverTree } from '../adapters/tree-care/leftover-tree.js';
import { createDiskUsage } from '../adapters/usage-samples/disk-usage.js';
import { createUsageSamples } from '../adapters/usage-samples/usage-samples.js';
import { checkModes } from '../config/maintenance.js';
import type { Config } from '../config/schema.js';
import { DEFAULT_DURATIONS } from '../contracts/durations.js';
import type { MaintenanceJob } from '../contracts/maintenance/maintenance.js';
import type { Logger } from '../logging/logger.js';

type Input = Pick<ActivityDependencies, 'frontend' | 'messages' | 'pool' | 'prunable' | 'projectContents' | 'trash'> & {
  readonly config: Config;
  readonly client: Client;
  readonly log: Logger;
};

/** The maintenance jobs of this worker, with what its configuration says. `close` ends what they keep open. */
export function createJobs(input: Input): { readonly jobs: Jobs; readonly close: () => Promise<void> } {
  const { config, client, log, prunable, trash } = input;
  const { destdir, hitCounterLog } = config;
  const now = Date.now;
  const tellIn = (job: MaintenanceJob): Tell => {
    const jobLog = log.child({ job });
    return (line) => jobLog.info({ line }, 'maintenance');
  };
  const builds = createBuildsUnderWay(client);
  const tickets = createTicketPorts(input);
  const keys = createShownKeys({ destdir, home: path.join(config.stateDir, 'shown-keys') });
  const srpmLog = log.child({ job: 'prune-srpms' satisfies MaintenanceJob });
  const jobs: Jobs = {
    'analyze-results': analyzeResults(
      {
        usage: createDiskUsage({ destdir }),
        samples: createUsageSamples({ statsDir: config.statsDir }),
        ...{ now, tell: tellIn('analyze-results') },
      },
      { outputFile: null },
    ),
    'clean-result-directories': cleanResultDirectories(
      {
        tree: createLeftoverTree({ destdir, trash }),
        pathOf: (names) => path.join(destdir, ...names),
        ...{ builds, now, tell: tellIn('clean-result-directories') },
      },
      { days: LEFTOVER_DAYS },
    ),
    'compress-live-logs': compressLiveLogs(
      { logs: createLeftLogs({ directory: destdir }), builds, now, tell: tellIn('compress-live-logs') },
      { days: LIVE_LOG_DAYS },
    ),
    'prune-srpms': pruneSrpms(
      { tree: prunable, now, tell: (event, build) => srpmLog.info({ ...build }, event) },
      { days: config.pruneDays },
    ),
    reconcile: reconcile(
      {
        checkers: allCheckers({
          ...input,
          ...tickets,
          ...createReconcilePorts(input),
          keys: config.doSign ? keys : null,
        }),
        memory: createReconcileMemory({ destdir }),
        ...{ now, tell: tellIn('reconcile') },
      },
      { modes: checkModes(config), maxFixes: config.reconcileMaxFixes, isWhole: false },
    ),
    'unknown-tickets': checkTickets({ ...tickets, tell: tellIn('unknown-tickets') }),
    ...(hitCounterLog === null ? {} : { 'hit-counters': hitJob(config, hitCounterLog, tellIn('hit-counters')) }),
  };
  return { jobs, close: keys.close };
}

function createReconcilePorts({
  config,
  client,
  prunable,
  projectContents,
}: Input): Pick<CheckerPorts, 'builds' | 'tree' | 'contents' | 'survey' | 'owners' | 'now'> {
  const { destdir, resultsBaseurl, storageName: storage } = config;
  return {
    builds: createOpenBuilds(client),
    tree: prunable,
    contents: projectContents,
    survey: createRepositorySurvey({ destdir, resultsBaseurl }),
    owners: createRepositoryOwners({ client, storage, durations: DEFAULT_DURATIONS }),
    now: Date.now,
  };
}

function hitJob({ destdir, frontendBaseUrl: baseUrl, frontendAuth: password }: Config, file: string, tell: Tell): Job {
  return countHits(
    {
      logs: createLogFile({ file, withRotated: true }),
      counters: createHitCounters({ baseUrl, password }),
      ...{ notes: createCountNotes({ destdir }), tell },
    },
    { tryIndefinitely: false, doubtful: null },
  );
}

function createTicketPorts({ client, config }: Input): Pick<Parameters<typeof checkTickets>[0], 'resalloc' | 'use'> {
  const { stateDir, resallocConnection: url } = config;
  return {
    resalloc: createOpenTickets({
      resalloc: createResalloc({ url }),
      noted: () => notedTickets(stateDir),
    }),
    use: createTicketUse({
      client,
      owners: createTicketOwners(client),
      notes: async () => (await readNotes(stateDir)).taken,
    }),
  };
}
