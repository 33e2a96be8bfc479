import type { Context } from '@temporalio/activity';
import type { ActivityInterceptors } from '@temporalio/worker';
import type { Observer } from '../ports/observer.js';
import { createActivityMetrics, TicketsHeld } from './activity-metrics.js';
import { FrontendHealth } from './frontend-health.js';
import { measureCalls } from './measure-calls.js';
import { createMetrics } from './metrics.js';
import { OutboxHealth } from './outbox-health.js';
import { collectFrontend, collectQueue } from './queue-metrics.js';
import { QueueModel } from './queue-model.js';
import { collectSchedules, ScheduleHealth } from './schedule-health.js';
import { TicketHealth } from './ticket-health.js';
import { waitedFor } from '../contracts/failures/outside-systems.js';
import { Waits } from './waits.js';
import { WorkflowHealth } from './workflow-health.js';
import { collectWorkflows } from './workflow-metrics.js';

/** Number of runs whose end is remembered as counted, so that a repeated report (of a canceled build) counts once. */
const REMEMBERED_RUNS = 10_000;

/** Everything one process knows about itself, and the addresses where it listens. */
export type Observing = {
  readonly observer: Observer;
  readonly queue: QueueModel;
  readonly frontend: FrontendHealth;
  readonly workflows: WorkflowHealth;
  readonly schedules: ScheduleHealth;
  readonly tickets: TicketHealth;
  readonly outbox: OutboxHealth;
  /** The process's own metrics as Prometheus text. */
  readonly metricsText: () => Promise<string>;
  readonly activityInterceptor: (context: Pick<Context, 'info'>) => ActivityInterceptors;
  readonly measured: <P extends object>(port: P, system: 'frontend' | 'resalloc') => P;
};

export function createObserving(): Observing {
  const metrics = createMetrics();
  const waits = new Waits();
  const held = new TicketsHeld();
  const tickets = new TicketHealth();
  const outbox = new OutboxHealth();
  const frontend = new FrontendHealth();
  const queue = new QueueModel(frontend);
  const workflows = new WorkflowHealth();
  const schedules = new ScheduleHealth();
  const counted = new Set<string>();

  function isFirst(run: string): boolean {
    if (counted.has(run)) return false;
    counted.add(run);
    const [oldest] = counted;
    if (counted.size > REMEMBERED_RUNS && oldest !== undefined) counted.delete(oldest);
    return true;
  }

  return {
    queue,
    frontend,
    workflows,
    schedules,
    tickets,
    outbox,
    observer: {
      looking: frontend.looking,
      looked: (of, look) => {
        queue.looked(of, look);
        waits.end(`look/${of}`);
      },
      lookFailed: (of, failure) => {
        frontend.lookFailed(of, failure);
        const [since, system] = [frontend.failingSince(of), waitedFor(failure.code)];
        if (since !== null && system !== null) waits.pause(`look/${of}`, system, since);
      },
      buildReported: ({ run, kind, result, code }) => {
        if (isFirst(run)) metrics.builds.inc({ kind, result, code: code ?? 'none' });
      },
      actionReported: ({ run, outcome }) => {
        if (isFirst(run)) metrics.actions.inc({ result: outcome.result });
      },
    },
    metricsText: async () => {
      for (const [system, { count, oldestSeconds }] of waits.summary()) {
        metrics.waits.set({ system }, count);
        metrics.oldestWait.set({ system }, oldestSeconds);
      }
      for (const state of ['wanted', 'used'] as const) metrics.ticketsHeld.set({ state }, held.count(state));
      metrics.ticketsSuspect.set(tickets.count());
      metrics.messagesWaiting.reset();
      for (const [bus, waiting] of outbox.waiting()) metrics.messagesWaiting.set({ bus }, waiting);
      collectQueue(metrics, queue);
      collectFrontend(metrics, frontend);
      collectWorkflows(metrics, workflows);
      collectSchedules(metrics, schedules);
      return withoutEmptyMeans(await metrics.registry.metrics());
    },
    activityInterceptor: createActivityMetrics({ metrics, waits, tickets: held }),
    measured: (port, system) => measureCalls(port, system, metrics, system === 'frontend' ? frontend.watch : undefined),
  };
}

/**
 * Removes samples without a value. The mean lag of the event loop since the last scrape has none if two scrapes follow
 * each other closely; prom-client writes it as `Nan`, which the text format spells differently.
 */
function withoutEmptyMeans(text: string): string {
  return text.replaceAll(/^nodejs_eventloop_lag_\S+ Nan\n/gm, '');
}
