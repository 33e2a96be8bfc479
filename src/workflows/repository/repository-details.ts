import type { RepositoryRun, RepositoryStatus } from '../../contracts/repository/repository.js';
import { failureText } from '../../contracts/failures/failure-text.js';
import type { Detail } from '../current-details.js';

/** A repository as the Web UI shows it. */
export function repositoryDetails(status: RepositoryStatus): readonly Detail[] {
  const { running, waiting, held, runs, lastPublished, lastFailure } = status;
  const hold = lastPublished?.hold ?? null;
  return [
    ['state', running === null ? 'idle' : 'kind' in running ? running.kind : describeRun(running)],
    ['waiting', String(waiting)],
    ['held by operator', hold === null ? '' : `at generation ${hold.generation} by ${hold.by}, ${held} requests wait`],
    ['runs', String(runs)],
    ['published', lastPublished === null ? '' : `${lastPublished.packages} packages at ${lastPublished.at}`],
    ['deleted builds are removed', lastPublished?.collectAt ?? ''],
    ['warnings', (lastPublished?.warnings ?? []).join('; ')],
    ['last failure', failureText(lastFailure)],
  ];
}

/** A short description of a run; its lists may be long. */
function describeRun(run: RepositoryRun): string {
  const parts = [
    run.full ? 'full run' : '',
    run.add.length > 0 ? `adding ${run.add.length}` : '',
    run.delete.length > 0 ? `deleting ${run.delete.length}` : '',
    run.removeRpms.length > 0 ? `removing ${run.removeRpms.length} packages` : '',
    run.plan === null ? '' : `a list of ${run.plan.count}`,
  ].filter((part) => part !== '');
  return `${parts.length === 0 ? 'checking the metadata' : parts.join(', ')}${run.devel ? ' (devel)' : ''}`;
}
