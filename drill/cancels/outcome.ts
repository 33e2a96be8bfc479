import type { Collected } from '../storm/collect.js';
import { judgeBuild } from '../storm/judge-build.js';
import { rpmTaskOf } from '../storm/users.js';
import type { Cancel } from './stages.js';

/** The fate of the builds that were canceled in one stage. */
export type StageOutcome = {
  readonly canceled: number;
  /** How they ended, in the frontend's words. */
  readonly ended: Readonly<Record<string, number>>;
  /** From the user's request to its confirmation, in seconds. */
  readonly slowestConfirmation: number;
};

/** The figures of the drill; the one object of `--json`. */
export type CancelsOutcome = {
  readonly stages: Readonly<Record<string, StageOutcome>>;
  readonly builds: number;
  /** Builds on which frontend, results tree, repository and Temporal agree. */
  readonly agreed: number;
  /**
   * Builds that ended differently than they should: failed after a confirmed cancel, or canceled with public packages.
   */
  readonly wrongOutcome: number;
  readonly ticketsLeft: number;
  readonly doubleReports: number;
  readonly details: readonly string[];
};

/** Where builds are canceled, and how they may end there. */
export const ENDS: Readonly<Record<string, string>> = {
  waiting: 'canceled',
  starting: 'canceled',
  building: 'canceled',
  'kept for its user': 'canceled',
  signing: 'canceled',
  publishing: 'succeeded',
};

/** Compares all facts about each build, and computes how long confirmations took. */
export function outcomeOf(cancels: readonly Cancel[], collected: Collected): CancelsOutcome {
  const judged = collected.builds.map((build) => ({ ...judgeBuild(build), id: build.id }));
  const states = new Map(collected.builds.map(({ id, rpm }) => [id, rpm.state]));
  const stages = [...new Set(cancels.map(({ stage }) => stage))].map((stage): [string, StageOutcome] => {
    const there = cancels.filter((cancel) => cancel.stage === stage);
    const ended: Record<string, number> = {};
    for (const { build } of there) {
      const state = states.get(build.id) ?? 'unknown';
      ended[state] = (ended[state] ?? 0) + 1;
    }
    const waits = there.map(({ build, at }) => (collected.confirmedAt.get(rpmTaskOf(build)) ?? Infinity) - at);
    return [stage, { canceled: there.length, ended, slowestConfirmation: Math.round(Math.max(...waits) / 100) / 10 }];
  });
  const open = judged.flatMap((one) => one.open);
  return {
    stages: Object.fromEntries(stages),
    builds: collected.builds.length,
    agreed: judged.filter((one) => one.open.length === 0).length,
    wrongOutcome: judged.filter((one) => one.wrong.length > 0).length,
    ticketsLeft: collected.openTickets.length,
    doubleReports: collected.doubleReports.length,
    details: [...open, ...judged.flatMap((one) => one.wrong), ...collected.doubleReports],
  };
}

/** Where the outcome misses the bar, one line each; empty: it is met. */
export function shortfalls(outcome: CancelsOutcome, atOnce: number): readonly string[] {
  const lines: string[] = [];
  for (const [stage, end] of Object.entries(ENDS)) {
    const { ended = {}, canceled = 0 } = outcome.stages[stage] ?? {};
    if (canceled < atOnce) lines.push(`${canceled} of ${atOnce} builds were canceled while ${stage}`);
    if ((ended[end] ?? 0) < canceled) lines.push(`${stage}: ${JSON.stringify(ended)}, and not all are ${end}`);
  }
  if (outcome.agreed < outcome.builds) lines.push(`${outcome.builds - outcome.agreed} builds are not agreed upon`);
  for (const name of ['wrongOutcome', 'ticketsLeft', 'doubleReports'] as const)
    if (outcome[name] > 0) lines.push(`${name} is ${outcome[name]}`);
  return lines;
}
