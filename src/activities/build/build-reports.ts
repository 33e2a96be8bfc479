import { SOURCE_CHROOT, type BuildFacts, type BuildOutcome } from '../../contracts/build/build.js';
import { parseTaskId, targetDirectory } from '../../domain/build/build-directory.js';
import { sourcePackageOf } from '../../domain/names/rpm-file.js';
import type { TerminalReport } from '../../ports/frontend.js';
import { PortFailure } from '../../ports/port-failure.js';
import type { SourceResults } from '../../ports/build/build-results.js';
import type { ActivityDependencies } from '../dependencies.js';

/**
 * The report of a build that ended this way; for a success it contains what the result directory holds, the same each
 * time. Rejects with `ResultsInvalid` if that can no longer be read.
 */
export async function buildReport(
  { buildResults, settings }: Pick<ActivityDependencies, 'buildResults' | 'settings'>,
  facts: BuildFacts,
  result: BuildOutcome['result'],
): Promise<TerminalReport> {
  const report = {
    id: facts.buildId,
    taskId: facts.taskId,
    chroot: facts.chroot,
    resultDir: facts.targetDir,
    status: result === 'succeeded' ? 'succeeded' : 'failed',
  } as const;
  if (result !== 'succeeded') return report;
  if (facts.userSsh) return { ...report, built: { kind: 'rpm', packages: [] } };
  if (facts.kind === 'rpm')
    return { ...report, built: { kind: 'rpm', packages: (await buildResults.readRpmResults(facts)).packages } };
  const results = await buildResults.readSourceResults(facts);
  const srpm = sourcePackageOf(await buildResults.rpms(facts));
  if (srpm === undefined) throw new PortFailure('ResultsInvalid', 'the source RPM is gone');
  const path = [facts.owner, facts.dirname, facts.chroot, facts.targetDir, srpm];
  const srpmUrl = `${settings.resultsBaseurl}/${path.map(encodeSegment).join('/')}`;
  return { ...report, built: { kind: 'source', source: withAllDistributions(results, facts), srpmUrl } };
}

/** The report of a source build whose results are in place; null: they are gone, so there is nothing to report. */
export async function reportOfResults(
  deps: Pick<ActivityDependencies, 'buildResults' | 'settings'>,
  facts: BuildFacts,
): Promise<TerminalReport | null> {
  try {
    return await buildReport(deps, facts, 'succeeded');
  } catch (error) {
    if (!(error instanceof PortFailure) || error.retryable) throw error;
    return null;
  }
}

/** The report of a task without a record. */
export function bareReport(taskId: string): TerminalReport {
  const task = parseTaskId(taskId);
  const buildId = task?.buildId ?? 0;
  return {
    id: buildId,
    taskId,
    chroot: task?.chroot ?? SOURCE_CHROOT,
    resultDir: targetDirectory({ buildId, packageName: null }),
    status: 'failed',
  };
}

/**
 * The frontend looks up the tags for every distribution of the build; a missing one would cause a 500
 * (docs/neighbours/frontend.md#reports).
 */
function withAllDistributions(results: SourceResults, facts: BuildFacts): SourceResults {
  const complete = Object.fromEntries(facts.distributions.map((distribution) => [distribution, {}]));
  return { ...results, architectureSpecificTags: { ...complete, ...results.architectureSpecificTags } };
}

/** `:` and `@` stay readable in URLs, as in the frontend's own. */
function encodeSegment(segment: string): string {
  return encodeURIComponent(segment).replaceAll('%3A', ':').replaceAll('%40', '@');
}
