import { extname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Client } from '@temporalio/client';
import type { ActivityDependencies } from '../activities/dependencies.js';
import { createBuildCopies } from '../adapters/build-copies/build-copies.js';
import { createCloudfront } from '../adapters/cloudfront/content-network.js';
import { createCreaterepoIndexer } from '../adapters/repository-store/repository-indexer.js';
import { createPrunableTree } from '../adapters/repository-store/survey/prunable-tree.js';
import { createFrontendHttp } from '../adapters/frontend-http/frontend.js';
import { createGpgSigner } from '../adapters/gpg/signer.js';
import type { BusSettings } from '../adapters/message-bus/bus-settings.js';
import { createMessageBus } from '../adapters/message-bus/message-bus.js';
import { createActionWork } from '../adapters/plan-files/action-work.js';
import { createPlanFiles } from '../adapters/plan-files/plan-files.js';
import { createKeygen } from '../adapters/obs-sign/keygen.js';
import { createObsSigner } from '../adapters/obs-sign/signer.js';
import { createHostMemory } from '../adapters/host-memory/host-memory.js';
import { repomdSigner } from '../adapters/repository-store/signing/repomd-signer.js';
import { createPulpBuildResults } from '../adapters/pulp-store/build-results.js';
import { createPrunePlans } from '../adapters/plan-files/prune-plans.js';
import { createProjectTree } from '../adapters/project-tree/project-tree.js';
import { createRpmeta, NO_FORECAST } from '../adapters/rpmeta/duration-forecast.js';
import { createResalloc } from '../adapters/resalloc-xmlrpc/builder-pool.js';
import { createResultTree } from '../adapters/result-tree/result-tree.js';
import { createTreeSigner } from '../adapters/result-tree/signer.js';
import type { FileSigner } from '../adapters/rpm/file-signer.js';
import { createRsync } from '../adapters/rsync/download.js';
import { createFileSync } from '../adapters/rsync/file-sync.js';
import { remoteCommand } from '../adapters/ssh/quote.js';
import { createAdmissionTrace } from '../adapters/trace-file/admission-trace.js';
import { createSshShell } from '../adapters/ssh/remote-shell.js';
import { createTaskStarter } from '../adapters/temporal/task-starter.js';
import { createWorkflowMessages } from '../adapters/temporal/workflow-messages.js';
import { createTicketOwners } from '../adapters/temporal/ticket-owners.js';
import { createClerkedPool } from '../adapters/ticket-clerk/builder-pool.js';
import { createTrash } from '../adapters/trash/trash.js';
import type { Config } from '../config/schema.js';
import { DEFAULT_DURATIONS } from '../contracts/durations.js';
import type { Admission } from '../domain/dispatch/dispatch-limits.js';
import type { Logger } from '../logging/logger.js';
import type { OptionalPrograms } from './find-programs.js';
import type { OpenPulp } from './open-pulp.js';
import { createPackageStores } from './package-stores.js';
import type { DigestSettings } from './choose-digests.js';
import { createJobs } from './jobs.js';
import type { Observation } from './observation.js';
import { isGoneHere } from './process-identity.js';
import { closeUnownedTickets } from './close-unowned-tickets.js';

/** The work of a worker besides its activities. */
type Background = {
  readonly startSending: () => void;
  /** Looks for tickets without an owner; the returned function stops that and waits for its end. */
  readonly startClosingUnowned: () => () => Promise<void>;
  readonly close: () => Promise<void>;
};

/** The composition root: it decides which adapter implements each port. `close` ends whatever they keep running. */
export function createDependencies(input: {
  readonly config: Config;
  readonly client: Client;
  readonly log: Logger;
  /** The name of an activity's worker in Temporal. */
  readonly identity: string;
  /** Limits, which may change while the worker runs. */
  readonly admission: () => Admission;
  readonly buses: readonly BusSettings[];
  readonly programs: OptionalPrograms;
  readonly digests: DigestSettings;
  readonly pulp: OpenPulp;
  readonly observation: Pick<Observation, 'observer' | 'measured' | 'tickets' | 'outbox'>;
}): ActivityDependencies & Background {
  const { config, client, log } = input;
  const { observer, measured, tickets, outbox } = input.observation;
  const storage = config.storageName;
  const builders = { configFile: config.sshBuilderConfig, user: config.buildUser };
  const messages = createWorkflowMessages({ client, storage, durations: DEFAULT_DURATIONS });
  const signer = createSigner(config, log);
  const outboxDirectory = join(config.stateDir, 'outbox');
  const bus = createMessageBus({ directory: outboxDirectory, buses: input.buses, log, seen: outbox.seen });
  const atPulp = input.pulp.is === 'configured' ? input.pulp.storage : null;
  const trash = createTrash({
    ...{ destdir: config.destdir, hours: config.trashHours },
    ...(atPulp === null ? {} : { elsewhere: atPulp.elsewhere }),
  });
  const discard = async (directory: string): Promise<void> => {
    const names = relative(config.destdir, directory).split(sep);
    await trash.discard(names, 'its repository', { atMost: Number.POSITIVE_INFINITY });
  };
  const trace = createAdmissionTrace({ file: config.traceFile, log });
  const clerked = createClerkedPool({
    resalloc: createResalloc({ url: config.resallocConnection }),
    url: config.resallocConnection,
    stateDir: config.stateDir,
    program: fileURLToPath(new URL(`./ticket-clerk-main${extname(import.meta.url)}`, import.meta.url)),
  });
  const pool = measured(clerked.pool, 'resalloc');
  const hosts = createHostMemory({ file: join(config.stateDir, 'builder-hosts.json'), log });
  const forecast = createForecast(config, log);
  const frontend = measured(
    createFrontendHttp({ baseUrl: config.frontendBaseUrl, password: config.frontendAuth, log }),
    'frontend',
  );
  const { packageCopies, ...results } = createResultTree({
    ...{ destdir: config.destdir, logMaxBytes: config.logMaxBytes, log },
  });
  const prunable = createPrunableTree({ destdir: config.destdir });
  const projects = createProjectTree({ destdir: config.destdir });
  const tree = {
    indexer: createCreaterepoIndexer({
      destdir: config.destdir,
      resultsBaseurl: config.resultsBaseurl,
      graceHours: config.generationGraceHours,
      appstreamBuilder: input.programs.appstreamBuilder,
      ...(config.repomdSign ? { sign: repomdSigner(signer) } : {}),
      ...{ discard, log },
    }),
    ...{ packageCopies, projects, prunable },
    copies: createBuildCopies({ destdir: config.destdir }),
  };
  const { projectContents } = results;
  const treeSigner = createTreeSigner({ destdir: config.destdir, files: signer });
  const jobPorts = { frontend, messages, pool, prunable, projectContents, trash };
  const maintenance = createJobs({ config, client, log, ...jobPorts });
  return {
    settings: {
      frontendBaseUrl: config.frontendBaseUrl,
      resultsBaseurl: config.resultsBaseurl,
      storage,
      doSign: config.doSign,
      ...input.digests,
      buildTimeout: config.builderTimeout,
      resultsMaxBytes: config.resultsMaxBytes,
      admission: input.admission,
      durations: DEFAULT_DURATIONS,
    },
    frontend,
    pool,
    trace,
    hosts,
    shell: createSshShell(builders),
    rootShell: createSshShell({ ...builders, user: 'root' }),
    sync: createFileSync({
      destdir: config.destdir,
      rsync: createRsync({ ...builders, stateDir: config.stateDir }),
    }),
    ...results,
    buildResults: createPulpBuildResults({ destdir: config.destdir, results: results.buildResults }),
    signer: atPulp?.signing(treeSigner) ?? treeSigner,
    ...createPackageStores({ config, pulp: input.pulp, tree, discard }),
    plans: createPlanFiles({ destdir: config.destdir }),
    contentNetwork: createCloudfront({
      distribution: config.awsCloudfrontDistribution,
      resultsBaseurl: config.resultsBaseurl,
      program: input.programs.aws,
    }),
    prunable,
    prunePlans: createPrunePlans({ destdir: config.destdir }),
    work: createActionWork({ destdir: config.destdir }),
    projects,
    trash,
    messages,
    starter: createTaskStarter(client),
    poller: { name: input.identity, isGone: isGoneHere },
    bus,
    forecast,
    observer,
    jobs: maintenance.jobs,
    command: remoteCommand,
    log,
    /** Sends messages from this host's outbox to their buses, until `close`. */
    startSending: () => bus.start(),
    startClosingUnowned: () =>
      closeUnownedTickets({ notes: clerked.notes, owners: createTicketOwners(client), pool, seen: tickets.seen, log }),
    close: async () => {
      messages.close();
      await hosts.close();
      await trace.close();
      await bus.close();
      await forecast.close();
      await clerked.close();
      await signer.close();
      await maintenance.close();
    },
  };
}

/** rpmeta, if the configuration asks for it and says where it is. */
function createForecast(config: Config, log: Logger): typeof NO_FORECAST {
  if (!config.rpmetaEnabled || config.rpmetaUrl === null) return NO_FORECAST;
  return createRpmeta({
    url: config.rpmetaUrl,
    timeoutMs: config.rpmetaTimeout * 1000,
    hardwareFile: config.rpmetaHwPoolsConfig,
    file: join(config.logDir, 'rpmeta-predictions.log'),
    log,
  });
}

/** The signer that the configuration names. */
function createSigner(config: Config, log: Logger): FileSigner & { readonly close: () => Promise<void> } {
  const { signDomain, stateDir } = config;
  switch (config.signer) {
    case 'gpg':
      return createGpgSigner({ home: join(stateDir, 'gnupg'), signDomain, log });
    case 'obs-sign':
      return createObsSigner({
        program: config.signCommand,
        keygen: createKeygen({ host: config.keygenHost }),
        signDomain,
        scratch: join(stateDir, 'obs-sign'),
        parallel: config.signParallel,
        log,
      });
  }
}
