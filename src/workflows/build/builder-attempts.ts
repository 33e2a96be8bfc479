import { CancellationScope, setHandler, sleep, upsertSearchAttributes } from '@temporalio/workflow';
import type { Activities, DownloadResult } from '../../contracts/activities.js';
import type { Builder, BuildFacts } from '../../contracts/build/build.js';
import type { Durations } from '../../contracts/durations.js';
import type { FailureFact } from '../../contracts/failures/failure-codes.js';
import { ticketTakenSignal } from '../../contracts/messages.js';
import { searchAttributes } from '../../contracts/search-attributes.js';
import { BuilderTries, isWithoutBuilder } from '../../domain/build/builder-tries.js';
import type { BuildProgress } from './build-progress.js';
import { chooseBuilder } from './builder-choice.js';
import type { Compensations } from './compensations.js';
import { endOf } from '../end-of.js';
import { deservesAnotherBuilder } from '../failure-facts.js';

export type RemoteBuildEnd =
  | { readonly ended: true; readonly result: DownloadResult; readonly startedOn: number }
  | { readonly ended: false; readonly failure: FailureFact; readonly startedOn: number };

/** State shared by the parts of a remote build. */
type RemoteBuild = {
  readonly facts: BuildFacts;
  readonly activities: Activities;
  readonly durations: Durations;
  readonly progress: BuildProgress;
  readonly compensations: Compensations;
  readonly tries: BuilderTries;
  startedOn: number;
  hasStarted: boolean;
};

/**
 * Runs the package on builders until one of them gives an answer. A failure of the machine moves the build to another
 * one; a failure of the package, or a cancel, is passed on.
 */
export async function buildRemotely(
  input: Pick<RemoteBuild, 'facts' | 'activities' | 'durations' | 'progress' | 'compensations' | 'startedOn'>,
): Promise<RemoteBuildEnd> {
  const { facts, activities, durations, progress, compensations, startedOn } = input;
  const tries = new BuilderTries();
  const run: RemoteBuild = {
    ...{ facts, activities, durations, progress, compensations, startedOn },
    ...{ tries, hasStarted: false },
  };
  setHandler(ticketTakenSignal, ({ ticket, waiting }) => {
    tries.takeTicket(ticket);
    progress.attempt(tries);
    if (waiting) progress.waitFor({ reason: 'builder', detail: `ticket ${ticket} (${facts.tags.join(', ')})` });
  });
  for (;;) {
    const end = await attempt(run);
    if (end !== null) return end;
    const detail = `another one after: ${tries.after?.message ?? ''}`;
    progress.enter('waitingForBuilder', { reason: 'builder', detail });
    await sleep(tries.pause(durations.nextBuilder) * 1000);
  }
}

/** One attempt, after which its builder is released; null: the package deserves another machine. */
async function attempt(run: RemoteBuild): Promise<RemoteBuildEnd | null> {
  const { progress, compensations, tries } = run;
  tries.begin();
  progress.attempt(tries);
  const disarm = compensations.add('release the builder', () => release(run, true));
  try {
    const end = await oneBuilder(run);
    run.startedOn = end.startedOn;
    disarm();
    if (!end.ended || !end.result.released) beginRelease(run, !end.ended);
    return end;
  } catch (error) {
    // A canceled build needs no other builder, whatever this one's failure was.
    const { isCanceled, failure } = endOf(error);
    if (isCanceled) throw error;
    progress.fail(failure);
    if (!deservesAnotherBuilder(failure)) throw error;
    disarm();
    beginRelease(run, !isWithoutBuilder(failure));
    const givenUp = tries.fail(failure);
    return givenUp === null ? null : { ended: false, failure: givenUp, startedOn: run.startedOn };
  }
}

async function oneBuilder(run: RemoteBuild): Promise<RemoteBuildEnd> {
  const { facts, activities, durations, progress, tries } = run;
  const { attempt } = tries;
  let builder = await chooseBuilder(run);
  takeBuilder(run, builder);
  progress.enter('starting');
  const announce = !run.hasStarted;
  const started = await activities.startRemoteBuild({ facts, builder, attempt, announce, startedOn: run.startedOn });
  const { startedOn } = started;
  builder = { ...builder, hostKey: started.hostKey };
  takeBuilder(run, builder);
  progress.enter('building');
  if (!run.hasStarted) publishStart(facts);
  run.hasStarted = true;
  const deadline = startedOn + facts.timeout + durations.backstop;
  const followed = await activities.followBuild({ facts, builder, logBase: started.logBase, deadline });
  progress.countLog(started.logBase + followed.logBytes);
  if (followed.timedOut) {
    const message = `still running ${durations.backstop} s after its time limit of ${facts.timeout} s; stopped`;
    return { ended: false, failure: { code: 'BuildTimedOut', message }, startedOn };
  }
  if (facts.userSsh && started.userAccess !== false) {
    progress.enter('keptForUser', { reason: 'user', detail: `ssh access of ${facts.owner} to ${builder.host}` });
    await activities.keepForUser({ facts, builder, startedOn });
  }
  progress.enter('downloading');
  return { ended: true, result: await activities.downloadResults({ facts, builder }), startedOn };
}

function takeBuilder({ tries, progress }: RemoteBuild, builder: Builder): void {
  tries.takeBuilder(builder);
  progress.attempt(tries);
}

/** One of the two upserts that a build may cost; it adds what was not known at the start. */
function publishStart({ project, chroot, packageName }: BuildFacts): void {
  upsertSearchAttributes(searchAttributes({ stage: 'building', project, chroot, packageName: packageName ?? '' }));
}

/** The build does not wait for it. */
function beginRelease(run: RemoteBuild, stop: boolean): void {
  run.compensations.begin('release an earlier builder', () => release(run, stop));
}

async function release({ facts, activities, tries }: RemoteBuild, stop: boolean): Promise<void> {
  const { ticket, builder } = tries;
  if (ticket === null) return;
  await CancellationScope.nonCancellable(() =>
    activities.releaseBuilder({ facts, builder, ticket, stop: stop && builder !== null }),
  );
}
