import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/** Calls to outside systems, in seconds. */
const CALL_BUCKETS = [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 300];

/** The metrics by their names in the code; the scraped names are below. */
export type Metrics = {
  readonly registry: Registry;
  readonly builds: Counter<'kind' | 'result' | 'code'>;
  readonly actions: Counter<'result'>;
  readonly activityFailures: Counter<'activity' | 'code'>;
  readonly callSeconds: Histogram<'system' | 'call' | 'result'>;
  readonly ticketsHeld: Gauge<'state'>;
  readonly ticketsSuspect: Gauge;
  readonly messagesWaiting: Gauge<'bus'>;
  readonly waits: Gauge<'system'>;
  readonly oldestWait: Gauge<'system'>;
  readonly tasksWaiting: Gauge<'of'>;
  readonly tasksHeld: Gauge<'of' | 'limit'>;
  readonly slotsUsed: Gauge<'of' | 'limit' | 'name'>;
  readonly slotsLimit: Gauge<'of' | 'limit' | 'name'>;
  readonly pollTime: Gauge<'of'>;
  readonly frontendFailing: Gauge<'of'>;
  readonly failingWorkflows: Gauge<'type'>;
  readonly workflowLookTime: Gauge;
  readonly scheduleSuccess: Gauge<'job' | 'storage'>;
  readonly scheduleInterval: Gauge<'job' | 'storage'>;
  readonly schedulePaused: Gauge<'job' | 'storage'>;
  readonly scheduleTroubles: Gauge<'job' | 'storage'>;
  readonly reconcileFindings: Gauge<'check' | 'storage'>;
};

/**
 * Every metric of this process that is counted in JavaScript (docs/operations.md has the list with its alerts). Labels
 * have few values: no owner, project, package, task or host among them.
 */
export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  return {
    registry,
    builds: new Counter({
      name: 'copr_builds_total',
      help: 'Builds whose end was acknowledged by the frontend, by kind, result and failure code.',
      labelNames: ['kind', 'result', 'code'] as const,
      registers,
    }),
    actions: new Counter({
      name: 'copr_actions_total',
      help: 'Actions whose end was acknowledged by the frontend, by result.',
      labelNames: ['result'] as const,
      registers,
    }),
    activityFailures: new Counter({
      name: 'copr_activity_failures_total',
      help: 'Failed attempts of activities, by failure code; most are tried again.',
      labelNames: ['activity', 'code'] as const,
      registers,
    }),
    callSeconds: new Histogram({
      name: 'copr_call_seconds',
      help: 'Calls to the frontend and to Resalloc, by call and by how they ended: ok or the failure code.',
      labelNames: ['system', 'call', 'result'] as const,
      buckets: CALL_BUCKETS,
      registers,
    }),
    ticketsHeld: new Gauge({
      name: 'copr_tickets_held',
      help: 'Resalloc tickets of builds in this process: wanted (no builder yet) or in use.',
      labelNames: ['state'] as const,
      registers,
    }),
    ticketsSuspect: new Gauge({
      name: 'copr_tickets_suspect',
      help: 'Open Resalloc tickets whose ids this host may have lost; of the same host in each of its processes.',
      registers,
    }),
    messagesWaiting: new Gauge({
      name: 'copr_messages_waiting',
      help: "Messages in this host's outbox that wait for a bus. Only from the process that sends them.",
      labelNames: ['bus'] as const,
      registers,
    }),
    waits: new Gauge({
      name: 'copr_waits',
      help: 'Activities of this process that wait for an outside system, by system.',
      labelNames: ['system'] as const,
      registers,
    }),
    oldestWait: new Gauge({
      name: 'copr_oldest_wait_seconds',
      help: 'How long the longest of them has waited; 0 while nothing waits.',
      labelNames: ['system'] as const,
      registers,
    }),
    tasksWaiting: new Gauge({
      name: 'copr_tasks_waiting',
      help: 'Tasks that the frontend lists and that are not admitted, by kind. Only where polls are made.',
      labelNames: ['of'] as const,
      registers,
    }),
    tasksHeld: new Gauge({
      name: 'copr_tasks_held',
      help: 'Those that a limit holds, by kind of limit; a task that two limits hold counts for both.',
      labelNames: ['of', 'limit'] as const,
      registers,
    }),
    slotsUsed: new Gauge({
      name: 'copr_slots_used',
      help: 'Tasks that run, by limit: workers, and each architecture and tag that has a limit.',
      labelNames: ['of', 'limit', 'name'] as const,
      registers,
    }),
    slotsLimit: new Gauge({
      name: 'copr_slots_limit',
      help: 'Tasks that the limit allows.',
      labelNames: ['of', 'limit', 'name'] as const,
      registers,
    }),
    pollTime: new Gauge({
      name: 'copr_poll_last_success_timestamp_seconds',
      help: 'When the frontend was last asked for its list and answered, in Unix time. Only where polls are made.',
      labelNames: ['of'] as const,
      registers,
    }),
    failingWorkflows: new Gauge({
      name: 'copr_workflows_failing_tasks',
      help: 'Running workflows whose workflow task fails again and again, by workflow type. Only where polls are made.',
      labelNames: ['type'] as const,
      registers,
    }),
    workflowLookTime: new Gauge({
      name: 'copr_workflows_last_look_timestamp_seconds',
      help: 'When Temporal was last asked for them and answered, in Unix time.',
      registers,
    }),
    scheduleSuccess: new Gauge({
      name: 'copr_schedule_last_success_timestamp_seconds',
      help: 'When a round of periodic work last ended well, in Unix time; before the first, when its Schedule was made.',
      labelNames: ['job', 'storage'] as const,
      registers,
    }),
    scheduleInterval: new Gauge({
      name: 'copr_schedule_interval_seconds',
      help: 'Time between two rounds.',
      labelNames: ['job', 'storage'] as const,
      registers,
    }),
    schedulePaused: new Gauge({
      name: 'copr_schedule_paused',
      help: '1 while somebody has paused it, else 0.',
      labelNames: ['job', 'storage'] as const,
      registers,
    }),
    scheduleTroubles: new Gauge({
      name: 'copr_schedule_troubles',
      help: 'Work that the last complete round could not do, in lines of its result.',
      labelNames: ['job', 'storage'] as const,
      registers,
    }),
    reconcileFindings: new Gauge({
      name: 'copr_reconcile_findings',
      help: 'Findings that two looks of the reconciler agree on and that are not fixed, by check; none for a check that could not look.',
      labelNames: ['check', 'storage'] as const,
      registers,
    }),
    frontendFailing: new Gauge({
      name: 'copr_frontend_failing_seconds',
      help: 'For how long calls have failed, by what is asked for, or told (reports); 0 while they go well.',
      labelNames: ['of'] as const,
      registers,
    }),
  };
}
