import type { Limits } from '../contracts/dispatch/dispatch.js';
import { LimitCounts, limitKind } from '../domain/dispatch/dispatch-limits.js';
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
  for (const [limit, count] of index.held()) metrics.tasksHeld.inc({ of, limit: limitKind(limit) }, count);
  const counts = new LimitCounts(look.limits, look.view.running);
  for (const [limit, name, most] of configured(look.limits)) {
    const full = name === '' ? limit : `${limit} ${name}`;
    metrics.slotsUsed.set({ of, limit, name }, counts.used(full));
    metrics.slotsLimit.set({ of, limit, name }, most);
  }
}

/** Limits whose number and names are bounded by the configuration; limits per owner and sandbox would name people. */
function configured(limits: Limits): readonly (readonly [string, string, number])[] {
  return [
    ['workers', '', limits.maxWorkers],
    ...Object.entries(limits.arch).map(([arch, most]) => ['arch', arch, most] as const),
    ...Object.entries(limits.tag).map(([tag, most]) => ['tag', tag, most] as const),
  ];
}
