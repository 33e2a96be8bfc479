import { CancellationScope, isCancellation, setHandler, sleep } from '@temporalio/workflow';
import type { Activities, DownloadResult } from '../contracts/activities.js';
import type { Builder, BuildFacts } from '../contracts/build.js';
import type { Durations } from '../contracts/durations.js';
import type { FailureFact } from '../contracts/failures.js';
import { ticketTakenSignal } from '../contracts/messages.js';
import { hostName } from '../domain/machine.js';
import type { BuildProgress } from './build-progress.js';
import { chooseBuilder } from './builder-choice.js';
import type { Compensations } from './compensations.js';
import { deservesAnotherBuilder, failureFact } from './failure-facts.js';

/**
 * Machines a build is tried on, and attempts in all, before the backend gives up
 * (docs/neighbours/builder.md#machines-that-fail).
 */
const MAX_HOSTS = 3;
const MAX_ATTEMPTS = 8;
/** Longest pause before the next ticket, however often tickets came back unusable. */
const MAX_PAUSE_SECONDS = 60;

export type RemoteBuildEnd =
  | { readonly ended: true; readonly result: DownloadResult; readonly startedOn: number }
  | { readonly ended: false; readonly failure: FailureFact; readonly startedOn: number };

/**
 * Runs the package on builders until one of them gives an answer. What speaks against the machine moves the build to
 * another one; what speaks against the package, or a cancel, comes out as it is.
 */
export async function buildRemotely(input: {
  readonly facts: BuildFacts;
  readonly activities: Activities;
  readonly durations: Durations;
  readonly progress: BuildProgress;
  readonly compensations: Compensations;
  readonly startedOn: number;
}): Promise<RemoteBuildEnd> {
  const { facts, activities, durations, progress } = input;
  const hosts = new Set<string>();
  const machines = new Set<string>();
  let startedOn = input.startedOn;
  let unusable = 0;
  let hasStarted = false;
  let after: FailureFact | undefined;
  setHandler(ticketTakenSignal, ({ ticket, waiting }) => {
    progress.ticket = ticket;
    if (waiting) progress.waitFor({ reason: 'builder', detail: `ticket ${ticket} (${facts.tags.join(', ')})` });
  });

  for (;;) {
    progress.attempt += 1;
    progress.ticket = null;
    progress.builder = null;
    const disarm = input.compensations.add('release the builder', () => release(true));
    try {
      const end = await oneBuilder();
      startedOn = end.startedOn;
      disarm();
      if (!end.ended || !end.result.released) beginRelease(!end.ended);
      return end;
    } catch (error) {
      if (isCancellation(error)) throw error;
      const failure = failureFact(error);
      progress.failed(failure);
      if (!deservesAnotherBuilder(failure)) throw error;
      after = failure;
      disarm();
      beginRelease(failure.code !== 'TicketUnusable');
      if (failure.code === 'TicketUnusable') unusable += 1;
      else {
        const failed = progress.builder as Builder | null; // it was set since
        hosts.add(failed === null ? 'unknown' : hostName(failed));
        if (failed !== null) machines.add(failed.name);
      }
      if (hosts.size >= MAX_HOSTS || progress.attempt - unusable >= MAX_ATTEMPTS) {
        const message = `gave up after ${progress.attempt} builders (${[...hosts].join(', ')}); the last one: ${failure.message}`;
        return { ended: false, failure: { code: 'BuildersExhausted', message }, startedOn };
      }
      progress.enter('waitingForBuilder', { reason: 'builder', detail: `another one after: ${failure.message}` });
      await sleep(Math.min(durations.nextBuilder * 2 ** Math.max(0, unusable - 1), MAX_PAUSE_SECONDS) * 1000);
    }
  }

  async function oneBuilder(): Promise<RemoteBuildEnd> {
    const attempt = progress.attempt;
    let builder = await chooseBuilder({ ...input, sandboxed: attempt === 1, after, failedOn: [...machines] });
    progress.builder = builder;
    progress.enter('starting');
    const started = await activities.startRemoteBuild({ facts, builder, attempt, announce: !hasStarted, startedOn });
    builder = { ...builder, hostKey: started.hostKey };
    progress.builder = builder;
    progress.enter('building');
    if (!hasStarted) progress.publishStage('building');
    hasStarted = true;
    const deadline = started.startedOn + facts.timeout + durations.backstop;
    const followed = await activities.followBuild({ facts, builder, logBase: started.logBase, deadline });
    progress.logBytes = started.logBase + followed.logBytes;
    if (followed.timedOut) {
      const message = `still running ${durations.backstop} s after its time limit of ${facts.timeout} s; stopped`;
      return { ended: false, failure: { code: 'BuildTimedOut', message }, startedOn: started.startedOn };
    }
    if (facts.userSsh && started.userAccess !== false) {
      progress.enter('keptForUser', { reason: 'user', detail: `ssh access of ${facts.owner} to ${builder.host}` });
      await activities.keepForUser({ facts, builder, startedOn: started.startedOn });
    }
    progress.enter('downloading');
    const result = await activities.downloadResults({ facts, builder });
    return { ended: true, result, startedOn: started.startedOn };
  }

  /** The build does not wait for it. */
  function beginRelease(stop: boolean): void {
    input.compensations.begin('release an earlier builder', () => release(stop));
  }

  async function release(stop: boolean): Promise<void> {
    const { ticket, builder } = progress;
    if (ticket === null) return;
    await CancellationScope.nonCancellable(() =>
      activities.releaseBuilder({ facts, builder, ticket, stop: stop && builder !== null }),
    );
  }
}
