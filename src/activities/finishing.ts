import { access, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { activityInfo } from '@temporalio/activity';
import type { WorkActivities } from '../contracts/activities.js';
import { SOURCE_CHROOT, type BuildFacts, type BuildKind, type BuildOutcome } from '../contracts/build.js';
import type { FailureCode } from '../contracts/failures.js';
import { parseTaskId, targetDirectory } from '../domain/build-directory.js';
import { formatEvr } from '../domain/evr.js';
import { BUILD_STATUS, type BuildReport } from '../ports/frontend.js';
import { PortFailure } from '../ports/port-failure.js';
import type { RpmResults, SourceResults } from '../ports/result-tree.js';
import { announceEnd } from './announcing.js';
import type { ActivityDependencies } from './dependencies.js';
import { ownRun } from './requester.js';
import { sharedLook } from './shared-look.js';

/** Attempts at the end of a canceled build that insist on confirming the request first. */
const CONFIRM_ATTEMPTS = 5;

type Dependencies = Pick<
  ActivityDependencies,
  'frontend' | 'tree' | 'messages' | 'bus' | 'observer' | 'settings' | 'log'
>;

/** The end of a build: its logs for people, its one terminal report, its slot. */
export function createFinishActivities(deps: Dependencies): Pick<WorkActivities, 'finishBuild'> {
  const { frontend, tree, messages, settings, log } = deps;
  // After an outage of the frontend hundreds of reports are sent again at once.
  const pendingBuilds = sharedLook(() => frontend.pendingBuilds());
  const cancelRequests = sharedLook(() => frontend.cancelRequests());
  return {
    async finishBuild({ facts, taskId, kind, outcome, startedOn, endedOn, staging, isCancelAsked }) {
      if (facts !== null) {
        if (staging !== null) await leaveWhatCanBeLeft(facts, staging);
        await tree.discardStaging(facts);
        // The build waited for the repository's answer before it ended so.
        const published = outcome.result === 'succeeded' && facts.kind === 'rpm' && !facts.userSsh;
        if (published) await tree.note(facts, ['Published: the repository names the packages']);
        await tree.note(
          facts,
          [lastWords(outcome, endedOn - startedOn)],
          outcome.result === 'succeeded' ? 'INFO' : 'ERROR',
        );
      }
      const report = facts === null ? bareReport(taskId) : await reportOf(facts, outcome);
      if (facts !== null) await tree.compressLogs(facts);
      // The frontend keeps what it hears first (frontend.md §9): a build that was stopped is canceled, one that was too far ended as it did.
      const isConfirmed = outcome.result === 'canceled' && (await confirmCancel(taskId, CONFIRM_ATTEMPTS));
      const counted = { run: ownRun().runId, kind, ...ending(outcome, report) };
      if (isConfirmed && kind === 'source') deps.observer.buildReported(counted);
      else if (!(await isReported(taskId, kind, outcome))) {
        await frontend.reportBuild({ ...report, startedOn, endedOn });
        deps.observer.buildReported(counted);
      }
      if (isCancelAsked && outcome.result !== 'canceled') await confirmCancel(taskId, 1);
      if (facts !== null) await announceEnd(deps, facts, report);
      const at = new Date().toISOString();
      log.info({ taskId, kind, outcome: outcome.result }, 'build ended');
      await messages.taskEnded('builds', { taskId, at });
    },
  };

  /**
   * What a failed build leaves helps people. RPMs that nobody signed or checked stay out of the public tree, and so does
   * the success marker of a build whose results were refused.
   */
  async function leaveForReading(facts: BuildFacts, staging: string): Promise<void> {
    const directory = tree.staging(facts, staging);
    // An earlier attempt has moved it in, and its report did not get through: nothing is left to do here.
    if (!(await isThere(directory))) return;
    // Whatever it is that has such a name: a builder can make it a link or a directory.
    const names = (await readdir(directory)).filter((name) => name.endsWith('.rpm') || name === 'success');
    for (const name of names) await rm(join(directory, name), { recursive: true, force: true });
    await tree.deliver(facts, directory);
  }

  /** Results that may not be left are no reason to report nothing. */
  async function leaveWhatCanBeLeft(facts: BuildFacts, staging: string): Promise<void> {
    try {
      await leaveForReading(facts, staging);
    } catch (error) {
      if (!(error instanceof PortFailure) || error.retryable) throw error;
      await tree.note(facts, [`The results are not kept: ${error.message}`], 'WARNING');
    }
  }

  /**
   * Confirms the frontend's request to cancel the task; false where there is none, as for an operator's cancel. After so
   * many attempts of this activity the build ends without it, so that its slot gets free; the dispatcher goes on asking.
   */
  async function confirmCancel(taskId: string, attempts: number): Promise<boolean> {
    try {
      if (!(await cancelRequests()).includes(taskId)) return false;
      await frontend.confirmCancel(taskId, true);
      log.info({ taskId, running: true }, 'cancel request confirmed');
      return true;
    } catch (error) {
      if (activityInfo().attempt < attempts) throw error;
      log.warn(
        { taskId, err: error },
        'the frontend does not take the confirmation of a cancel; the dispatcher goes on',
      );
      return false;
    }
  }

  /**
   * Before a terminal report is sent again: a complete list of pending tasks names a task exactly while it is not
   * terminal, and its build not canceled (design §6, exactly once). A repeated `failed` of a canceled chroot changes
   * nothing; of a canceled source it would: there the last word counts, and fails the chroots too (frontend.md §18).
   */
  async function isReported(taskId: string, kind: BuildKind, outcome: BuildOutcome): Promise<boolean> {
    if (activityInfo().attempt === 1 || (outcome.result === 'canceled' && kind === 'rpm')) return false;
    const pending = await pendingBuilds();
    return !pending.some((task) => task.taskId === taskId);
  }

  /** A build that succeeded but whose results cannot be read any more is reported all the same: as failed, and why. */
  async function reportOf(facts: BuildFacts, outcome: BuildOutcome): Promise<BuildReport> {
    try {
      return await fullReport(facts, outcome);
    } catch (error) {
      if (!(error instanceof PortFailure) || error.retryable) throw error;
      await tree.note(facts, [`The results cannot be reported: ${error.message}`], 'ERROR');
      return fullReport(facts, { result: 'failed', failure: { code: error.code, message: error.message } });
    }
  }

  async function fullReport(facts: BuildFacts, outcome: BuildOutcome): Promise<BuildReport> {
    const report = {
      id: facts.buildId,
      taskId: facts.taskId,
      chroot: facts.chroot,
      resultDir: facts.targetDir,
      status: outcome.result === 'succeeded' ? BUILD_STATUS.succeeded : BUILD_STATUS.failed,
    };
    if (outcome.result !== 'succeeded') return report;
    if (facts.userSsh) return { ...report, builtPackages: '', results: { packages: [] } };
    const directory = tree.path(facts);
    if (facts.kind === 'rpm') return { ...report, ...rpmDetails(await tree.readRpmResults(directory)) };
    const srpm = (await tree.rpms(directory)).find((file) => file.endsWith('.src.rpm'));
    if (srpm === undefined) throw new PortFailure('ResultsInvalid', 'the source RPM is gone', { retryable: false });
    const path = [facts.owner, facts.dirname, facts.chroot, facts.targetDir, srpm.slice(srpm.lastIndexOf('/') + 1)];
    const srpmUrl = `${settings.resultsBaseurl}/${path.map(encodeSegment).join('/')}`;
    return { ...report, ...sourceDetails(await tree.readSourceResults(directory), facts), srpmUrl };
  }
}

/** How the build ended for those who count: a success whose results could not be read any more is a failure. */
function ending(
  outcome: BuildOutcome,
  report: BuildReport,
): { readonly result: BuildOutcome['result']; readonly code: FailureCode | null } {
  if (outcome.result !== 'succeeded') return { result: outcome.result, code: outcome.failure.code };
  return report.status === BUILD_STATUS.succeeded
    ? { result: 'succeeded', code: null }
    : { result: 'failed', code: 'ResultsInvalid' };
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** All that can be said of a task without a record. */
function bareReport(taskId: string): BuildReport {
  const task = parseTaskId(taskId);
  const buildId = task?.buildId ?? 0;
  return {
    id: buildId,
    taskId,
    chroot: task?.chroot ?? SOURCE_CHROOT,
    resultDir: targetDirectory({ buildId, packageName: null }),
    status: BUILD_STATUS.failed,
  };
}

/** Exactly the five keys the frontend stores (frontend.md §7). */
function rpmDetails(results: RpmResults): Pick<BuildReport, 'builtPackages' | 'results'> {
  const packages = results.packages.map(({ name, epoch, version, release, arch }) => ({
    ...{ name, epoch, version, release, arch },
  }));
  const built = packages.filter(({ arch }) => arch !== 'src').map(({ name, version }) => `${name} ${version}`);
  return { builtPackages: built.join('\n'), results: { packages } };
}

/** The frontend indexes the tags by every distribution of the build; a missing one would be a 500 (frontend.md §7). */
function sourceDetails(
  results: SourceResults,
  facts: BuildFacts,
): Pick<BuildReport, 'pkgName' | 'pkgVersion' | 'results' | 'builtPackages'> {
  const { name, epoch, version, release, architectureSpecificTags } = results;
  const complete = Object.fromEntries(facts.distributions.map((distribution) => [distribution, {}]));
  return {
    pkgName: name,
    pkgVersion: formatEvr(results),
    builtPackages: '',
    results: {
      ...{ name, epoch, version, release },
      architecture_specific_tags: { ...complete, ...architectureSpecificTags },
    },
  };
}

/** `:` and `@` stay readable in URLs, as the frontend writes them itself. */
function encodeSegment(segment: string): string {
  return encodeURIComponent(segment).replaceAll('%3A', ':').replaceAll('%40', '@');
}

function lastWords(outcome: BuildOutcome, seconds: number): string {
  switch (outcome.result) {
    case 'succeeded':
      return `Worker succeeded build, took ${seconds}`;
    case 'failed':
    case 'canceled':
    case 'refused':
      return `Worker failed build, took ${seconds}: ${outcome.failure.code}: ${outcome.failure.message}`;
  }
}
