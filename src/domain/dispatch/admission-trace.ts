import { z } from 'zod';
import type { Limits, TaskFacts } from '../../contracts/dispatch/dispatch.js';
import { isSourceTask, parseTaskId } from '../build/build-directory.js';

/**
 * One line of a trace (docs/operations.md has the format). `at` is in ms since the epoch. Lines need not be in the order
 * of their times; those of one task are in order.
 */
export type TraceEvent =
  /** A poller began to record: listed and running tasks follow, as if they arrived now. */
  | { readonly event: 'begin'; readonly at: number; readonly limits: Limits; readonly pause: number }
  | { readonly event: 'limits'; readonly at: number; readonly limits: Limits; readonly pause: number }
  | { readonly event: 'arrive'; readonly at: number; readonly task: TaskFacts }
  | { readonly event: 'start' | 'end' | 'leave'; readonly at: number; readonly taskId: string };

const at = z.number().transform((seconds) => Math.round(seconds * 1000));
const counts = z.record(z.string(), z.int().min(0));
const count = z.int().min(0).nullable();
const Settings = {
  at,
  version: z.literal(1),
  limits: z.object({
    ...{ maxWorkers: z.int().min(0), arch: counts, tag: counts, archPerOwner: counts },
    ...{ sandbox: count, owner: count, userSsh: count, blockedOwners: z.array(z.string()) },
  }),
  pause: z.number().positive(),
};
const Line = z.discriminatedUnion('event', [
  z.object({ event: z.literal('begin'), ...Settings }),
  z.object({ event: z.literal('limits'), ...Settings }),
  z.object({
    event: z.literal('arrive'),
    at,
    task: z.string().min(1),
    owner: z.string(),
    sandbox: z.string().nullable().default(null),
    background: z.boolean().default(false),
    chroot: z.string().nullable().optional(),
    source: z.boolean().optional(),
    tags: z.array(z.string()).default([]),
    userSsh: z.boolean().default(false),
    priority: z.number().default(0),
  }),
  z.object({ event: z.enum(['start', 'end', 'leave']), at, task: z.string().min(1) }),
]);

/** Reads a line; throws an Error that says what is wrong with it. */
export function parseTraceLine(text: string): TraceEvent {
  const result = Line.safeParse(JSON.parse(text));
  if (!result.success) {
    const [issue] = result.error.issues;
    throw new Error(`${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'is wrong'}`);
  }
  const line = result.data;
  switch (line.event) {
    case 'begin':
    case 'limits':
      return { event: line.event, at: line.at, limits: line.limits, pause: line.pause };
    case 'arrive': {
      const {
        event,
        at: when,
        task: taskId,
        chroot = usualChroot(taskId),
        source = isSourceTask(taskId),
        ...rest
      } = line;
      return { event, at: when, task: { ...rest, taskId, chroot, source } };
    }
    case 'start':
    case 'end':
    case 'leave':
      return { event: line.event, at: line.at, taskId: line.task };
  }
}

/** Writes a line, without its line end; values that most tasks have in common are left out. */
export function formatTraceLine(event: TraceEvent): string {
  const when = { at: event.at / 1000, event: event.event };
  switch (event.event) {
    case 'begin':
    case 'limits':
      return JSON.stringify({ ...when, version: 1, limits: event.limits, pause: event.pause });
    case 'arrive': {
      const { taskId, owner, sandbox, background, chroot, source, tags, userSsh, priority } = event.task;
      return JSON.stringify({
        ...{ ...when, task: taskId, owner },
        ...(sandbox === null ? {} : { sandbox }),
        ...(background ? { background } : {}),
        ...(chroot === usualChroot(taskId) ? {} : { chroot }),
        ...(source === isSourceTask(taskId) ? {} : { source }),
        ...(tags.length === 0 ? {} : { tags }),
        ...(userSsh ? { userSsh } : {}),
        ...(priority === 0 ? {} : { priority }),
      });
    }
    case 'start':
    case 'end':
    case 'leave':
      return JSON.stringify({ ...when, task: event.taskId });
  }
}

/** The chroot from a task's id. */
function usualChroot(taskId: string): string | null {
  return isSourceTask(taskId) ? null : (parseTaskId(taskId)?.chroot ?? null);
}
