import path from 'node:path';
import { Client } from '@temporalio/client';
import { NativeConnection, Runtime } from '@temporalio/worker';
import { createActivities } from '../activities/index.js';
import { workerBuildId } from '../adapters/deployment/worker-build-id.js';
import { workflowBundlePath } from '../adapters/deployment/workflow-bundle.js';
import { BusFileError, readBuses, type Buses } from '../adapters/message-bus/read-buses.js';
import { createLauncher } from '../adapters/process/launcher.js';
import { createSentry, NO_REPORTS } from '../adapters/sentry/defect-reports.js';
import { packageVersion } from '../adapters/process/package-version.js';
import { startProgramsBy } from '../adapters/process/run-command.js';
import { withServiceLog } from '../adapters/redis/service-log.js';
import { profileAddress, readTemporalProfile, type TemporalProfile } from '../adapters/temporal/profile.js';
import { queryAgain } from '../adapters/temporal/query-again.js';
import { createFailingWorkflows } from '../adapters/temporal/failing-workflows.js';
import { ConfigError, loadConfig } from '../config/load.js';
import { pruneTime } from '../config/pruning.js';
import type { Config } from '../config/schema.js';
import { secretsOf } from '../config/shown-value.js';
import type { Logger } from '../logging/logger.js';
import type { DefectReports } from '../ports/defect-reports.js';
import type { FailingLook } from '../ports/failing-workflows.js';
import { createTemporalLogger } from '../logging/temporal-logger.js';
import type { HttpListen } from '../config/value-types.js';
import { doubling, withBackoff } from '../backoff/with-backoff.js';
import { checkStart, StartRefused } from './check-start.js';
import { createDependencies } from './dependencies.js';
import { findPrograms, type OptionalPrograms } from './find-programs.js';
import { createWorkers } from './create-workers.js';
import { keepDispatchers } from './dispatchers.js';
import { createLiveAdmission } from './live-admission.js';
import { processIdentity } from './process-identity.js';
import { openObservation, type Observation } from './observation.js';
import { polls, ROLE_QUEUES, takesTickets, type Role } from '../domain/service/roles.js';
import { ensureSchedules } from './schedules.js';
import { openPulp, type OpenPulp } from './open-pulp.js';
import { chooseDigests, type DigestSettings } from './choose-digests.js';
import { takeOverFromTheDead } from './take-over.js';
import { watchDeployment } from './watch-deployment.js';
import { watchSchedules } from './watch-schedules.js';
import { watchWorkflows } from './watch-workflows.js';

/**
 * One worker process: connects (waiting for Temporal to come up), takes work until SIGTERM or SIGINT, and then drains:
 * reports under way are finished, builds are left running on their builders for the next worker. Throws ConfigError or
 * StartRefused if it cannot start at all.
 */
export async function runWorker(options: {
  readonly role: Role;
  readonly configFile: string;
  readonly allowRoot: boolean;
  /** Where this process serves HTTP; undefined: as configured. */
  readonly httpListen?: HttpListen | undefined;
}): Promise<void> {
  const { role, configFile } = options;
  process.umask(0o022); // published files must be readable for the web server
  const loaded = loadConfig(configFile);
  const { config } = loaded;
  await withServiceLog(config, { name: `worker ${role}`, secrets: secretsOf(config) }, (log) =>
    work(options, loaded, log),
  );
}

/** A worker's life but its log, which it closes last. */
async function work(
  { role, configFile, allowRoot, httpListen }: Parameters<typeof runWorker>[0],
  { config, warnings, lineOf }: ReturnType<typeof loadConfig>,
  log: Logger,
): Promise<void> {
  log.info({ version: packageVersion(), role, configFile }, 'worker starts');
  for (const warning of warnings) log.warn({ configFile, warning }, 'configuration warning');
  await checkStart({ role, config, allowRoot });
  const programs = await findPrograms({ role, config, log });
  const digests = await chooseDigests({ role, config, line: lineOf('gentlyGpgSha256'), configFile, log });
  const pulp = await openPulp({ config, log });
  const { buses, warnings: busWarnings } = readMessageBuses(config.msgbusesDir);
  for (const warning of busWarnings) log.warn({ warning }, 'message bus configuration warning');
  const observation = await openObservation({ role, config, listen: httpListen, log });
  const launcher = createLauncher((how) =>
    log.warn({ how }, 'the process that starts programs ended; another is started'),
  );
  startProgramsBy(launcher.run);
  const reports = openReports(role, config, log);
  try {
    const pruneAt = pruneTime(config, lineOf('pruneDays') !== null);
    await takeWork({ role, configFile, config, pruneAt, log, buses, programs, digests, pulp, observation, reports });
  } catch (error) {
    if (!(error instanceof ConfigError || error instanceof StartRefused)) reports.report(error, { ends: 'the worker' });
    throw error;
  } finally {
    startProgramsBy();
    launcher.close();
    if (pulp.is === 'configured') pulp.close();
    await observation.close();
    await reports.close();
  }
}

function openReports(role: Role, config: Config, log: Logger): DefectReports {
  if (config.sentryDsn === null) return NO_REPORTS;
  return createSentry({ dsn: config.sentryDsn, secrets: secretsOf(config), tags: { role }, log });
}

/** The Temporal part of a worker's life, from the first connection to the last answer. */
async function takeWork(input: {
  readonly role: Role;
  readonly configFile: string;
  readonly config: Config;
  readonly pruneAt: number | null;
  readonly log: Logger;
  readonly buses: Buses['buses'];
  readonly programs: OptionalPrograms;
  readonly digests: DigestSettings;
  readonly pulp: OpenPulp;
  readonly observation: Observation;
  readonly reports: DefectReports;
}): Promise<void> {
  const { role, configFile, config, pruneAt, log, buses, programs, digests, pulp, observation, reports } = input;
  const { telemetry: metrics } = observation;
  Runtime.install({
    logger: createTemporalLogger(log),
    telemetryOptions: {
      logging: { filter: { core: 'WARN', other: 'ERROR' }, forward: {} },
      ...(metrics === undefined ? {} : { metrics }),
    },
  });
  const profile = readProfile(config);
  const connection = await connectWithBackoff(profile, log);
  const client = new Client({
    connection,
    namespace: profile.namespace,
    interceptors: { workflow: [queryAgain] },
  });
  const admission = createLiveAdmission({ configFile, config, log });
  const identity = processIdentity(role);
  const dependencies = createDependencies({
    ...{ config, client, log, identity, buses, programs, digests, pulp, observation },
    admission: admission.current,
  });
  const buildId = config.workerVersioning ? await workerBuildId() : null;
  let stopEnsuring = (): void => undefined;
  const stopListening = staySignalled(log);
  try {
    const workers = await createWorkers({
      role,
      connection,
      namespace: profile.namespace,
      storage: config.storageName,
      signParallel: config.signParallel,
      activities: createActivities(dependencies),
      identity,
      workflowBundle: workflowBundlePath({ traced: observation.traces !== null }),
      observation,
      reports,
      buildId,
    });
    if (polls(role)) {
      stopEnsuring = await keepDispatchers(client, log);
      await ensureSchedules(client, config, pruneAt);
    }
    // Every process that writes messages must also send them.
    if ((ROLE_QUEUES[role] as readonly string[]).includes('steps')) dependencies.startSending();
    const { namespace, namespaceFrom } = profile;
    const version = buildId === null ? {} : { buildId };
    log.info(
      { role, temporal: profileAddress(profile), namespace, namespaceFrom, configFile, ...version },
      'worker ready',
    );
    const running = workers.map((worker) => worker.run());
    const ended = new AbortController();
    const lockFile = path.join(config.stateDir, 'take-over.lock');
    const takingOver = takeOverFromTheDead({ client, log, lockFile, signal: ended.signal });
    const seen = (look: FailingLook): void => {
      observation.workflows.seen(look);
      for (const { workflowId, type } of look.found)
        reports.report(`workflow tasks of ${type} fail again and again`, { workflow: workflowId });
    };
    const stopClosingUnowned = takesTickets(role) ? dependencies.startClosingUnowned() : null;
    const stopWatching = polls(role)
      ? watchWorkflows({ workflows: createFailingWorkflows({ client }), seen, log })
      : null;
    const stopRounds = polls(role) ? watchSchedules({ client, seen: observation.schedules.seen, log }) : null;
    const stopDeploying = polls(role) && buildId !== null ? watchDeployment({ client, buildId, identity, log }) : null;
    observation.follow({ client, workers, silentForMs: dependencies.messages.silentForMs });
    try {
      await Promise.all(running);
    } finally {
      ended.abort();
      await takingOver;
      await stopWatching?.();
      await stopRounds?.();
      await stopDeploying?.();
      await stopClosingUnowned?.();
      // A failed worker ends the process, but the others drain first.
      for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
      await Promise.allSettled(running);
    }
    log.info({ role }, 'worker ended');
  } finally {
    stopListening();
    stopEnsuring();
    admission.close();
    await dependencies.close();
    await connection.close();
  }
}

/**
 * Keeps a listener for the signals on which the SDK drains its workers. The SDK removes its own at the first signal;
 * while a program runs, execa's signal-exit would then be the only listener and end the process at once, without
 * draining.
 */
function staySignalled(log: Logger): () => void {
  const signals = ['SIGTERM', 'SIGINT'] as const;
  const onSignal = (signal: NodeJS.Signals): void =>
    log.info({ signal }, 'told to stop; completing the work under way');
  for (const signal of signals) process.on(signal, onSignal);
  return () => {
    for (const signal of signals) process.off(signal, onSignal);
  };
}

/** A bus file that cannot be read is found now, instead of by those who wait for its messages. */
function readMessageBuses(directory: string): Buses {
  try {
    return readBuses(directory);
  } catch (error) {
    if (error instanceof BusFileError) throw new StartRefused(error.message, { cause: error });
    throw error;
  }
}

/** A missing profile would stay missing. */
function readProfile(config: Config): TemporalProfile {
  const { file, profile } = config.temporalProfile;
  try {
    return readTemporalProfile({ file, profile, namespace: config.temporalNamespace });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new StartRefused(`temporal_profile ${file ?? profile} cannot be read: ${why}`, { cause: error });
  }
}

/** A worker that starts before its Temporal waits for it and says so. */
async function connectWithBackoff(profile: TemporalProfile, log: Logger): Promise<NativeConnection> {
  const stop = new AbortController();
  const onSignal = (): void => stop.abort(new StartRefused('told to stop before Temporal answered'));
  process.once('SIGTERM', onSignal).once('SIGINT', onSignal);
  try {
    return await withBackoff(() => NativeConnection.connect(profile.connectionOptions), {
      ...{ pauses: doubling({ firstMs: 1000, longestMs: 30_000 }), signal: stop.signal },
      goesOn: (error) => {
        log.warn({ temporal: profileAddress(profile), err: error }, 'Temporal does not answer yet; trying again');
        return true;
      },
    });
  } finally {
    process.off('SIGTERM', onSignal).off('SIGINT', onSignal);
  }
}
