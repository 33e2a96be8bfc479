import { z } from 'zod';

/** A call about a task, as recorded by the playground's frontend. */
export const ReportSeen = z.object({
  at: z.string(),
  taskId: z.string(),
  call: z.enum(['starting_build', 'update', 'canceled', 'reschedule']),
  terminal: z.boolean(),
});
export type ReportSeen = z.infer<typeof ReportSeen>;

/**
 * Tasks whose end the frontend accepted more than once, one line each. Once a user has requested the end of a build,
 * the frontend no longer lists it, and never changes a canceled chroot (docs/neighbours/frontend.md#reports), so nobody
 * can find out there whether a report arrived. So if a chroot with a confirmed cancel is reported again because the
 * first answer was lost, that does not count. Of a source it accepts every report.
 */
export function doubleReports(reports: readonly ReportSeen[]): readonly string[] {
  return tasksIn(reports).flatMap((taskId) => {
    const calls = reports.filter((report) => report.taskId === taskId);
    const isCanceled = taskId.includes('-') && calls.some(({ call }) => call === 'canceled');
    const count = calls.filter(({ terminal }) => terminal).length;
    return count > 1 && !isCanceled ? [`${taskId}: ${count} terminal reports`] : [];
  });
}

/** Ids of the tasks in the reports, each once. */
export function tasksIn(reports: readonly ReportSeen[]): readonly string[] {
  return [...new Set(reports.map(({ taskId }) => taskId))];
}
