import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from '@temporalio/client';
import { NativeConnection, Runtime } from '@temporalio/worker';
import { createActivities } from '../activities/index.js';
import { profileAddress, readTemporalProfile, type TemporalProfile } from '../adapters/temporal/profile.js';
import { loadConfig } from '../config/load.js';
import { createLogger, type Logger } from '../logging/logger.js';
import { createTemporalLogger } from '../logging/temporal-logger.js';
import { checkStart, StartRefused } from './check-start.js';
import { createDependencies } from './dependencies.js';
import { createWorkers } from './create-workers.js';
import { ensureDispatchers } from './dispatchers.js';
import type { Role } from './roles.js';
import { workflowBundlePath } from './workflow-bundle.js';

/**
 * One worker process: connects (waiting for a Temporal that is not up yet), takes work until SIGTERM or SIGINT, and
 * drains: reports under way are finished, builds are left running on their builders for the next worker.
 * Throws ConfigError or StartRefused when it cannot start at all.
 */
export async function runWorker(options: {
  readonly role: Role;
  readonly configFile: string;
  readonly allowRoot: boolean;
}): Promise<void> {
  const { role, configFile } = options;
  process.umask(0o022); // what is published must be readable for the web server
  const { config, warnings } = loadConfig(configFile);
  const log = createLogger({ level: config.logLevel, name: `worker ${role}`, secrets: [config.frontendAuth] });
  for (const warning of warnings) log.warn({ configFile, warning }, 'configuration warning');
  await checkStart({ config, allowRoot: options.allowRoot });
  Runtime.install({
    logger: createTemporalLogger(log),
    telemetryOptions: { logging: { filter: { core: 'WARN', other: 'ERROR' }, forward: {} } },
  });
  const { file, profile: name } = config.temporalProfile;
  const profile = readTemporalProfile({ file, profile: name, namespace: config.temporalNamespace });
  const connection = await connectPatiently(profile, log);
  const client = new Client({ connection, namespace: profile.namespace });
  const dependencies = createDependencies({ config, client, log });
  try {
    const workers = await createWorkers({
      role,
      connection,
      namespace: profile.namespace,
      storage: config.storageName,
      signParallel: config.signParallel,
      activities: createActivities(dependencies),
      workflowBundle: workflowBundlePath(),
    });
    if (role === 'poller' || role === 'all') await ensureDispatchers(client);
    log.info({ role, temporal: profileAddress(profile), namespace: profile.namespace, configFile }, 'worker ready');
    const running = workers.map((worker) => worker.run());
    try {
      await Promise.all(running);
    } finally {
      // One that failed takes the process with it, but the others drain first.
      for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
      await Promise.allSettled(running);
    }
    log.info({ role }, 'worker ended');
  } finally {
    await dependencies.close();
    await connection.close();
  }
}

/** A worker that starts before its Temporal waits for it and says so. */
async function connectPatiently(profile: TemporalProfile, log: Logger): Promise<NativeConnection> {
  const stop = new AbortController();
  const onSignal = (): void => stop.abort(new StartRefused('told to stop before Temporal answered'));
  process.once('SIGTERM', onSignal).once('SIGINT', onSignal);
  try {
    for (let delay = 1000; ; delay = Math.min(delay * 2, 30_000)) {
      try {
        return await NativeConnection.connect(profile.connectionOptions);
      } catch (error) {
        stop.signal.throwIfAborted();
        log.warn({ temporal: profileAddress(profile), err: error }, 'Temporal does not answer yet; trying again');
        await sleep(delay, undefined, { signal: stop.signal }).catch(() => stop.signal.throwIfAborted());
      }
    }
  } finally {
    process.off('SIGTERM', onSignal).off('SIGINT', onSignal);
  }
}
