import type { Limits } from '../contracts/dispatch/dispatch.js';
import { type Limit, LimitCounts } from '../domain/dispatch/dispatch-limits.js';
import { FRONTEND_CALLS, type FrontendHealth } from './frontend-health.js';
import type { Metrics } from './metrics.js';
import type { QueueKind, QueueModel } from './queue-model.js';

/** Sets the metrics from the current queue; a standby has no numbers instead of old ones. */
export function collectQueue(metrics: Metrics, model: QueueModel): void {
  const { tasksWaiting, tasksHeld, slotsUsed, slotsLimit, pollTime } = metrics;
  for (const gauge of [tasksWaiting, tasksHeld, slotsUsed, slotsLimit, pollTime]) gauge.reset();
  for (const of of ['builds', 'actions'] as const) collectKind(metrics, model, of);
}

/** Sets whether the frontend currently answers. */
export function collectFrontend({ frontendFailing }: Metrics, frontend: FrontendHealth): void {
  frontendFailing.reset();
  for (const of of FRONTEND_CALLS) {
    const seconds = frontend.failingSeconds(of);
    if (seconds !== null) frontendFailing.set({ of }, seconds);
  }
}

function collectKind(metrics: Metrics, model: QueueModel, of: QueueKind): void {
  const found = model.index(of);
  if (found === null) return;
  const { index, look } = found;
  metrics.pollTime.set({ of }, look.began / 1000);
  metrics.tasksWaiting.set({ of }, index.waiting.length);
  for (const { by, count } of index.held()) metrics.tasksHeld.inc({ of, limit: by.kind }, count);
  const counts = new LimitCounts(look.limits, look.view.running);
  for (const { limit, name, most } of configured(look.limits)) {
    const labels = { of, limit: limit.kind, name };
    metrics.slotsUsed.set(labels, counts.used(limit));
    metrics.slotsLimit.set(labels, most);
  }
}

/** Limits whose number and names are bounded by the configuration; limits per owner and sandbox would name people. */
function configured(
  limits: Limits,
): readonly { readonly limit: Limit; readonly name: string; readonly most: number }[] {
  return [
    { limit: { kind: 'workers' }, name: '', most: limits.maxWorkers },
    ...Object.entries(limits.arch).map(([arch, most]) => ({
      limit: { kind: 'arch', arch } as const,
      name: arch,
      most,
    })),
    ...Object.entries(limits.tag).map(([tag, most]) => ({ limit: { kind: 'tag', tag } as const, name: tag, most })),
  ];
}
