import type { StepActivities } from '../../contracts/activities.js';
import type { BuildFacts } from '../../contracts/build/build.js';
import { reportOfResults } from './build-reports.js';
import type { ActivityDependencies } from '../dependencies.js';
import { sharedLook } from '../dispatch/shared-look.js';

type Dependencies = Pick<ActivityDependencies, 'frontend' | 'buildResults' | 'settings' | 'log'>;

/**
 * Repeats the report of a source build that the frontend has acknowledged but not applied: when the first source builds
 * of one package report at the same time, it rolls one of them back and answers as if nothing had happened. The task's
 * record then has no package name, and the task stays listed.
 */
export function createRepeatActivities(deps: Dependencies): Pick<StepActivities, 'repeatReport'> {
  const { frontend, log } = deps;
  const pendingBuilds = sharedLook(() => frontend.pendingBuilds());
  return {
    async repeatReport({ facts, reportedOn }) {
      // For a source that was canceled meanwhile the last report would count, and revive it.
      const pending = await pendingBuilds();
      if (!pending.some(({ taskId }) => taskId === facts.taskId)) return 'complete';
      if (!(await lacksPackage(facts))) return 'to be built';
      const report = await reportOfResults(deps, facts);
      if (report === null) return 'to be built';
      await frontend.reportBuild({ ...report, endedOn: reportedOn });
      const isApplied = !(await lacksPackage(facts));
      log.info({ taskId: facts.taskId, isApplied }, 'the report of a source build was sent again');
      return isApplied ? 'complete' : 'not applied';
    },
  };

  async function lacksPackage({ taskId }: BuildFacts): Promise<boolean> {
    const task = await frontend.buildTask(taskId);
    return task !== null && task.packageName === null;
  }
}
