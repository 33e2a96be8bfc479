import { join } from 'node:path';
import { collect, type Collected } from './collect.js';
import { failedTasks, fetchRuns, replayRuns, type Run } from './histories.js';
import { judgeBuild } from './judge-build.js';
import { findExcess } from './limits.js';
import { countBeganAnew, type StormOutcome } from './outcome.js';
import type { Storm } from './storm.js';
import { findStuck } from './stuck.js';

/** `ActionResult` of the frontend: failed. */
const ACTION_FAILED = 2;
const SHOWN_ACTION_MESSAGE = 200;

/** Reads the state after the storm, on all sides, and counts. */
export async function judge(
  storm: Storm,
  context: { readonly root: string; readonly seed: number; readonly isSettled: boolean; readonly began: number },
): Promise<StormOutcome> {
  const { fleet, questions, say } = storm;
  say(context.isSettled ? 'all is settled; reading the histories' : 'it does not settle; reading the histories');
  const stuck = await findStuck(storm.client);
  const runs = await fetchRuns(storm.client);
  const collected = await collect(storm, runs);
  say(`replaying ${runs.length} histories`);
  const nondeterminism = [
    ...failedTasks(runs),
    ...(await replayRuns(runs, join(context.root, 'dist/workflow-bundle.js'))),
  ];
  const { lives } = fleet;
  const { limitAnswers: answers } = questions;
  const excess = findExcess(collected.spans, { lives, answers, outages: storm.outages });
  return outcomeOf({ storm, collected, runs, stuck, nondeterminism, excess, context });
}

function outcomeOf(of: {
  readonly storm: Storm;
  readonly collected: Collected;
  readonly runs: readonly Run[];
  readonly stuck: readonly string[];
  readonly nondeterminism: readonly string[];
  readonly excess: readonly string[];
  readonly context: { readonly seed: number; readonly isSettled: boolean; readonly began: number };
}): StormOutcome {
  const { storm, collected, runs, stuck, nondeterminism, excess, context } = of;
  const judged = collected.builds.map((build) => ({ ...judgeBuild(build), id: build.id }));
  const wrongBuilds = judged.filter(({ wrong }) => wrong.length > 0);
  const wrongActions = collected.actions.filter(({ result }) => result === ACTION_FAILED);
  const canceled = collected.builds.filter(({ canceledIn }) => canceledIn !== null);
  const tickets = collected.openTickets.map((id) => `ticket ${id}`);
  const waiting = collected.actions
    .filter(({ result }) => result === 0)
    .map(({ id }) => `action ${id} is not reported`);
  const stages = canceled.map(({ id, canceledIn, rpm }) => `${id} ${canceledIn ?? ''}: ${rpm.state}`);
  const details = {
    notFinal: judged.flatMap(({ open }) => open),
    wrongOutcome: [
      ...wrongBuilds.flatMap(({ wrong }) => wrong),
      ...wrongActions.map(
        ({ id, message }) => `action ${id} failed: ${(message ?? '').slice(0, SHOWN_ACTION_MESSAGE)}`,
      ),
    ],
    stuck: [...stuck, ...waiting],
    ...{ nondeterminism, limitViolations: excess, ticketsLeft: tickets, doubleReports: collected.doubleReports },
  };
  return {
    builds: collected.builds.length,
    final: judged.filter(({ open }) => open.length === 0).length,
    wrongOutcome: wrongBuilds.length + wrongActions.length,
    kills: storm.fleet.kills,
    queries: storm.questions.count,
    beganAnew: countBeganAnew(runs),
    stuck: details.stuck.length,
    nondeterminism: nondeterminism.length,
    limitViolations: excess.length,
    ticketsLeft: tickets.length,
    doubleReports: collected.doubleReports.length,
    details,
    seen: {
      ...{ seed: context.seed, seconds: Math.round((Date.now() - context.began) / 1000), settled: context.isSettled },
      ...{ repositories: storm.size.repositories, histories: runs.length, actions: collected.actions.length },
      ...{ canceled: stages, crashes: storm.fleet.crashes, workers: storm.fleet.lives.length },
      answered: Object.fromEntries(storm.questions.answered),
      silences: Object.fromEntries(storm.questions.silences),
    },
  };
}
