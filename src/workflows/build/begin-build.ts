import { sleep } from '@temporalio/workflow';
import type { Activities, BeginBuildResult } from '../../contracts/activities.js';
import type { BuildFacts, BuildKind } from '../../contracts/build/build.js';
import type { BuildInput } from '../../contracts/inputs.js';
import type { BuildProgress } from './build-progress.js';

type Beginning = {
  readonly input: BuildInput;
  readonly activities: Activities;
  readonly progress: BuildProgress;
  /** The build as described by the last answer. */
  facts: BuildFacts | null;
};

/**
 * Begins a build. If the frontend offers a source again after acknowledging its success, only the report may be
 * missing: that is sent again first. Null: nothing is to be built, because the frontend has the report now or no longer
 * wants the task.
 */
export async function beginBuild(
  beginning: Beginning,
  kind: BuildKind,
): Promise<Exclude<BeginBuildResult, { readonly start: 'report again' }> | null> {
  const { input, activities, progress } = beginning;
  const { taskId, reported } = input;
  for (let open = reported; ; open = undefined) {
    const question = { taskId, kind, ...(open === undefined ? {} : { isReported: true as const }) };
    const begun = await activities.beginBuild(question);
    beginning.facts = begun.facts;
    progress.identify(begun.facts);
    if (begun.start !== 'report again') return begun;
    if (open !== undefined && (await isReportedAgain(beginning, begun.facts, open))) return null;
  }
}

/** Sends the report after each of the pauses; false: the source has to be built. */
async function isReportedAgain(
  { activities, progress }: Beginning,
  facts: BuildFacts,
  reported: NonNullable<BuildInput['reported']>,
): Promise<boolean> {
  for (const pause of reported.pauses) {
    const detail = `it acknowledged the report of this source build without applying it; sent again after ${pause} s`;
    progress.enter('reporting', { reason: 'frontend', detail });
    await sleep(pause * 1000);
    const came = await activities.repeatReport({ facts, reportedOn: reported.on });
    if (came === 'complete') return true;
    if (came === 'to be built') break;
  }
  progress.enter('preparing');
  return false;
}
