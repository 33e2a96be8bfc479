import { activityInfo } from '@temporalio/activity';
import type { StepActivities } from '../../contracts/activities.js';
import type { BuildFacts, BuildKind, BuildOutcome } from '../../contracts/build/build.js';
import type { EndKind } from '../../contracts/dispatch/dispatch.js';
import type { FailureCode } from '../../contracts/failures/failure-codes.js';
import { failureText } from '../../contracts/failures/failure-text.js';
import type { TerminalReport } from '../../ports/frontend.js';
import { PortFailure } from '../../ports/port-failure.js';
import { announceEnd } from '../announce/announcements.js';
import { bareReport, buildReport } from './build-reports.js';
import type { ActivityDependencies } from '../dependencies.js';
import { ownRun } from '../requester.js';
import { confirmCancelAtEnd } from '../cancel/cancel-confirmation.js';
import { sharedLook } from '../dispatch/shared-look.js';

/** Attempts to end a canceled build that insist on confirming the cancel request first. */
const CONFIRM_ATTEMPTS = 5;

type Dependencies = Pick<
  ActivityDependencies,
  | 'frontend'
  | 'buildDirectories'
  | 'backendLog'
  | 'stagingArea'
  | 'buildResults'
  | 'messages'
  | 'bus'
  | 'observer'
  | 'settings'
  | 'log'
>;

type FinishInput = Parameters<StepActivities['finishBuild']>[0];

/** A line for backend.log. */
type Note = (line: string, level: 'INFO' | 'WARNING' | 'ERROR') => Promise<void>;

/** Ends a build: its logs for people, its one terminal report, its slot. */
export function createFinishActivities(deps: Dependencies): Pick<StepActivities, 'finishBuild' | 'closeLog'> {
  const { frontend, backendLog, stagingArea, buildResults, messages, log } = deps;
  // After an outage of the frontend, hundreds of reports are sent again at once.
  const pendingBuilds = sharedLook(() => frontend.pendingBuilds());
  const cancel = { frontend, log, cancelRequests: sharedLook(() => frontend.cancelRequests()) };
  return {
    async finishBuild(input) {
      const { facts, taskId, kind, outcome, startedOn, endedOn, isCancelAsked } = input;
      if (input.isReported === true || isWithoutRecord(input)) {
        if (isCancelAsked) await confirmCancelAtEnd(cancel, taskId, 1);
        return endOf(input, input.isReported === true ? 'source built' : 'inactive');
      }
      const report = facts === null ? bareReport(taskId) : await leaveAll(input, facts);
      // The frontend keeps the first end that it hears of (docs/neighbours/frontend.md#cancel-requests): a build that
      // was stopped is canceled, one that was too far on keeps its own end.
      const isConfirmed = outcome.result === 'canceled' && (await confirmCancelAtEnd(cancel, taskId, CONFIRM_ATTEMPTS));
      const counted = { run: ownRun().runId, kind, ...ending(outcome, report) };
      if (isConfirmed && kind === 'source') deps.observer.buildReported(counted);
      else if (!(await isReported(taskId, kind, outcome))) {
        await frontend.reportBuild({ ...report, startedOn, endedOn });
        deps.observer.buildReported(counted);
      }
      if (isCancelAsked && outcome.result !== 'canceled') await confirmCancelAtEnd(cancel, taskId, 1);
      if (facts !== null) await announceEnd(deps, facts, report);
      const isSourceBuilt = kind === 'source' && report.status === 'succeeded';
      await endOf(input, isSourceBuilt ? 'source built' : null);
    },

    async closeLog({ facts }) {
      await backendLog.compressLogs(facts);
    },
  };

  /** Gives the slot back. */
  async function endOf({ taskId, kind, outcome }: FinishInput, as: EndKind | null): Promise<void> {
    const at = new Date().toISOString();
    log.info({ taskId, kind, outcome: outcome.result }, 'build ended');
    await messages.taskEnded('builds', { taskId, at, ...(as === null ? {} : { as }) });
  }

  /** Leaves a build's results and logs in their final state; returns what to report. */
  async function leaveAll(input: FinishInput, facts: BuildFacts): Promise<TerminalReport> {
    const { outcome, startedOn, endedOn, staging } = input;
    // An earlier attempt, whose report failed, has already written the last lines.
    const hasSpoken = await backendLog.isCompressed(facts);
    const note: Note = async (line, level) => {
      if (!hasSpoken) await backendLog.note(facts, [line], level);
    };
    if (staging !== null) await leaveWhatCanBeLeft(facts, staging, note);
    if (input.refused !== undefined) await takeBack(facts, input.refused, note);
    await stagingArea.discard(facts);
    // The build has waited for the repository's answer.
    const published = outcome.result === 'succeeded' && facts.kind === 'rpm' && !facts.userSsh;
    if (published) await note('Published: the repository names the packages', 'INFO');
    if (outcome.result === 'succeeded' && outcome.note !== undefined) await note(outcome.note, 'WARNING');
    await note(lastWords(outcome, endedOn - startedOn), outcome.result === 'succeeded' ? 'INFO' : 'ERROR');
    const report = await reportOf(facts, outcome, note);
    await backendLog.compressLogs(facts, { keepsOpen: input.keepsLogOpen === true });
    return report;
  }

  /** A successful build whose results can no longer be read is still reported: as failed, with the reason. */
  async function reportOf(facts: BuildFacts, outcome: BuildOutcome, note: Note): Promise<TerminalReport> {
    try {
      return await buildReport(deps, facts, outcome.result);
    } catch (error) {
      if (!(error instanceof PortFailure) || error.retryable) throw error;
      await note(`The results cannot be reported: ${error.message}`, 'ERROR');
      return buildReport(deps, facts, 'failed');
    }
  }

  /** Otherwise a full run would find what the repository refused, and other tools would trust its success marker. */
  async function takeBack(facts: BuildFacts, staging: string, note: Note): Promise<void> {
    try {
      const packages = await buildResults.withdraw({ ...facts, staging });
      if (packages > 0) await note(`The repository does not name the packages; ${packages} are removed`, 'WARNING');
    } catch (error) {
      // A project that was deleted meanwhile has nothing left to remove.
      if (!(error instanceof PortFailure) || error.retryable) throw error;
      await note(`The packages cannot be removed: ${error.message}`, 'WARNING');
    }
  }

  /** The report is sent even if the results cannot be left in place. */
  async function leaveWhatCanBeLeft(facts: BuildFacts, staging: string, note: Note): Promise<void> {
    try {
      await buildResults.deliverForReading({ ...facts, staging });
    } catch (error) {
      if (!(error instanceof PortFailure) || error.retryable) throw error;
      await note(`The results are not kept: ${error.message}`, 'WARNING');
    }
  }

  /**
   * Before a terminal report is sent again: a complete list of pending tasks names a task exactly while it is not
   * terminal and its build is not canceled, so it is reported exactly once. While a cancel is requested, nobody can
   * know. Repeating `failed` for a canceled chroot changes nothing; for a canceled source it would, because there the
   * last report counts, and fails the chroots too (docs/neighbours/frontend.md#reports).
   */
  async function isReported(taskId: string, kind: BuildKind, outcome: BuildOutcome): Promise<boolean> {
    if (activityInfo().attempt === 1 || (outcome.result === 'canceled' && kind === 'rpm')) return false;
    const pending = await pendingBuilds();
    if (pending.some((task) => task.taskId === taskId)) return false;
    // A task that its user cancels is not listed either, reported or not: published results must not be recorded as
    // canceled.
    return outcome.result === 'canceled' || !(await cancel.cancelRequests()).includes(taskId);
  }
}

/** The end that is counted: a success whose results are no longer readable counts as a failure. */
function ending(
  outcome: BuildOutcome,
  report: TerminalReport,
): { readonly result: BuildOutcome['result']; readonly code: FailureCode | null } {
  if (outcome.result !== 'succeeded') return { result: outcome.result, code: outcome.failure.code };
  return report.status === 'succeeded'
    ? { result: 'succeeded', code: null }
    : { result: 'failed', code: 'ResultsInvalid' };
}

/** The frontend has no record of the task now, but may have one later, so it is not told of an end. */
function isWithoutRecord({ facts, outcome }: FinishInput): boolean {
  return facts === null && outcome.result === 'refused' && outcome.failure.code === 'TaskUnknown';
}

function lastWords(outcome: BuildOutcome, seconds: number): string {
  switch (outcome.result) {
    case 'succeeded':
      return `Worker succeeded build, took ${seconds}`;
    case 'failed':
    case 'canceled':
    case 'refused':
      return `Worker failed build, took ${seconds}: ${failureText(outcome.failure)}`;
  }
}
