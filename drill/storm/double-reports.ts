import { z } from 'zod';

/** A call about a task, as the playground's frontend remembers it. */
export const ReportSeen = z.object({
  at: z.string(),
  taskId: z.string(),
  call: z.enum(['starting_build', 'update', 'canceled', 'reschedule']),
  terminal: z.boolean(),
});
export type ReportSeen = z.infer<typeof ReportSeen>;

/**
 * Tasks whose end the frontend took in more than once, a line each. From the moment at which a user asks for the end of a
 * build the frontend lists it no more, and keeps a canceled chroot as it is (docs/neighbours/frontend.md#reports):
 * nobody can read there whether it heard. So an end of a chroot with a confirmed cancel that is reported again, because
 * the answer to the first time got lost, is none of these. Of sources it takes in each.
 */
export function doubleReports(reports: readonly ReportSeen[]): readonly string[] {
  return tasksIn(reports).flatMap((taskId) => {
    const calls = reports.filter((report) => report.taskId === taskId);
    const isCanceled = taskId.includes('-') && calls.some(({ call }) => call === 'canceled');
    const count = calls.filter(({ terminal }) => terminal).length;
    return count > 1 && !isCanceled ? [`${taskId}: ${count} terminal reports`] : [];
  });
}

/** Ids of the tasks that reports are about, each once. */
export function tasksIn(reports: readonly ReportSeen[]): readonly string[] {
  return [...new Set(reports.map(({ taskId }) => taskId))];
}
