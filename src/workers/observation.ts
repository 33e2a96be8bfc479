import type { Client } from '@temporalio/client';
import type { RuntimeOptions, Worker } from '@temporalio/worker';
import { packageVersion } from '../adapters/process/package-version.js';
import type { Config } from '../config/schema.js';
import type { HttpListen } from '../config/value-types.js';
import { taskStatusQuery } from '../contracts/messages.js';
import { actionWorkflowId, buildWorkflowId } from '../contracts/names/ids.js';
import { frontendTroubleText } from '../domain/dispatch/frontend-trouble.js';
import type { Logger } from '../logging/logger.js';
import { createObserving, type Observing } from '../observing/create-observing.js';
import { ListenFailed, serveHttp, type ListenAddress, type ObservingServer } from '../observing/http-server.js';
import type { QueueKind } from '../observing/queue-model.js';
import { createRoutes } from '../observing/routes.js';
import { createSdkMetrics, type SdkMetrics } from '../observing/sdk-metrics.js';
import type { Traces } from '../tracing/create-traces.js';
import { StartRefused } from './check-start.js';
import { httpAddressOf } from './http-address.js';
import { polls, type Role } from '../domain/service/roles.js';

/** If Temporal is silent for longer, a process is not ready. */
const SILENT_MS = 30_000;
const STATUS_DEADLINE_MS = 3000;
/** Parallel status queries for HTTP clients: each is a workflow task. */
const STATUS_AT_ONCE = 8;

/** The parts of a running worker that /readyz and /builds read. */
type Running = {
  readonly client: Client;
  readonly workers: readonly Worker[];
  readonly silentForMs: () => number;
};

/** The observation of one worker process: its metrics, its HTTP server, its traces. */
export type Observation = Observing & {
  readonly telemetry: NonNullable<RuntimeOptions['telemetryOptions']>['metrics'];
  /** Null while `otlp_endpoint` is empty. */
  readonly traces: Traces | null;
  /** From this call on the process may be ready. */
  readonly follow: (running: Running) => void;
  readonly close: () => Promise<void>;
};

/** Opens what the configuration asks for; it answers before Temporal does. Throws StartRefused for a port in use. */
export async function openObservation(input: {
  readonly role: Role;
  readonly config: Config;
  readonly listen: HttpListen | undefined;
  readonly log: Logger;
}): Promise<Observation> {
  const { role, config, log } = input;
  const observing = createObserving();
  let running: Running | undefined;
  const address = httpAddressOf(role, config.httpListen, input.listen);
  const sdk = address === null ? null : await createSdkMetrics();
  const server = address === null ? null : await listen(address);
  if (server !== null) log.info({ ...server.address }, 'listening for /metrics and the state of things');
  const traces = config.otlpEndpoint === null ? null : await openTraces(config.otlpEndpoint, role);
  return {
    ...observing,
    ...(sdk === null ? { telemetry: undefined } : { telemetry: sdk.telemetry }),
    traces,
    follow: (now) => {
      running = now;
    },
    close: async () => {
      await server?.close();
      await traces?.close();
    },
  };

  async function listen(where: ListenAddress): Promise<ObservingServer> {
    const routes = createRoutes({
      version: packageVersion(),
      metricsText: () => allMetrics(observing, sdk),
      notReady: () => whyNotReady(running),
      warnings: () => warningsOf(observing),
      trouble: () => observing.frontend.trouble(),
      queue: polls(role) ? observing.queue : null,
      statusOf: createStatusOf(() => running?.client),
    });
    try {
      return await serveHttp(where, routes, log);
    } catch (error) {
      if (error instanceof ListenFailed) throw new StartRefused(error.message, { cause: error });
      throw error;
    }
  }
}

/** The OpenTelemetry packages are loaded only if they are used. */
async function openTraces(endpoint: string, role: Role): Promise<Traces> {
  const { createTraces } = await import('../tracing/create-traces.js');
  return createTraces({ endpoint, service: `copr-backend-${role}` });
}

async function allMetrics(observing: Observing, sdk: SdkMetrics | null): Promise<string> {
  const [own, theirs] = await Promise.all([observing.metricsText(), sdk?.text() ?? '']);
  return `${own}${theirs}`;
}

/**
 * A process stays ready while the frontend is down: a restart would not help, and what is known can still be queried.
 */
function warningsOf({ frontend, queue, workflows, tickets }: Observing): readonly string[] {
  const troubles = frontend.trouble().map((trouble) => `${frontendTroubleText(trouble)}; ${trouble.advice}`);
  return [...workflows.warnings(), ...tickets.warnings(), ...troubles, ...queue.foreignLimits()];
}

function whyNotReady(running: Running | undefined): readonly string[] {
  if (running === undefined) return ['the workers have not started yet: Temporal may not answer'];
  const reasons = running.workers
    .filter((worker) => worker.getState() !== 'RUNNING')
    .map((worker) => `the worker of ${worker.options.taskQueue} is ${worker.getState().toLowerCase()}`);
  const silent = running.silentForMs();
  if (silent > SILENT_MS) reasons.push(`Temporal has not answered for ${Math.round(silent / 1000)} s`);
  return reasons;
}

/**
 * The `status` of a running task, for HTTP clients; null if it does not answer soon, or if there are too many queries.
 */
function createStatusOf(clientNow: () => Client | undefined): (of: QueueKind, taskId: string) => Promise<unknown> {
  let asking = 0;
  return async (of, taskId) => {
    const client = clientNow();
    if (client === undefined || asking >= STATUS_AT_ONCE) return null;
    asking += 1;
    try {
      const id = of === 'builds' ? buildWorkflowId(taskId) : actionWorkflowId(Number(taskId));
      const deadline = Date.now() + STATUS_DEADLINE_MS;
      return await client.withDeadline(deadline, () => client.workflow.getHandle(id).query(taskStatusQuery));
    } catch {
      return null; // it has just ended, or no worker is free to answer
    } finally {
      asking -= 1;
    }
  };
}
