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
 * Tasks whose end the frontend took in more than once, a line each. The frontend keeps a canceled chroot as it is
 * whatever it hears later, and does not let anyone read whether it heard (frontend.md §18, §4): an end that is reported
 * there again, because the answer to the first time got lost, is none of these. Of sources it takes in each.
 */
export function doubleReports(reports: readonly ReportSeen[]): readonly string[] {
  return tasksIn(reports).flatMap((taskId) => {
    const calls = reports.filter((report) => report.taskId === taskId);
    const canceled = taskId.includes('-') ? calls.findIndex(({ call }) => call === 'canceled') : -1;
    const heard = canceled === -1 ? calls : calls.slice(0, canceled);
    const count = heard.filter(({ terminal }) => terminal).length;
    return count > 1 ? [`${taskId}: ${count} terminal reports`] : [];
  });
}

/** Ids of the tasks that reports are about, each once. */
export function tasksIn(reports: readonly ReportSeen[]): readonly string[] {
  return [...new Set(reports.map(({ taskId }) => taskId))];
}
