import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildWorkflowId } from '../../src/contracts/names/ids.js';
import { MOVING_TYPES } from '../../src/contracts/workflows.js';
import type { Collected } from '../storm/collect.js';
import { failedTasks, replayRuns, type Run } from '../storm/histories.js';
import { judgeBuild } from '../storm/judge-build.js';
import { rpmTaskOf } from '../storm/users.js';
import { fairShare } from './fair-share.js';
import { bundleOf } from './next-version.js';
import type { UpgradeScene, Version } from './scene.js';
import { RAMP_PERCENT } from './size.js';

const PHASES = ['before', 'ramp', 'current', 'rollback', 'again', 'after'] as const;
/** Builds that were submitted while the deployment was in one state. */
export type Phase = {
  readonly name: (typeof PHASES)[number];
  readonly ids: readonly number[];
};

type PhaseFigures = { readonly builds: number; readonly onNew: number };

/** The figures of the drill; the one object of `--json`. */
export type UpgradeOutcome = {
  readonly builds: number;
  /** Builds that succeeded on all sides: frontend, results tree, repository, Temporal. */
  readonly finished: number;
  /** Builds of each phase, and how many of them began on the new version. */
  readonly onNew: Readonly<Record<Phase['name'], PhaseFigures>>;
  /** Builds that began on the old version after it was made current again. */
  readonly rolledBack: number;
  /** Builds that did not succeed on all sides, or whose workflow makes no progress. */
  readonly lost: number;
  /** Builds that began twice: on a builder, or as a workflow. */
  readonly restarted: number;
  /** Workflow tasks that failed, runs that went on in another version, and histories that do not replay on theirs. */
  readonly nondeterminism: number;
  /** Runs of long-lived workflows that took over from one of the other version, by the version that has them. */
  readonly takenOver: { readonly byNew: number; readonly byOld: number };
  /** The old workers ended by themselves when they were told to, with nothing left on them. */
  readonly isOldStopped: boolean;
  readonly seconds: number;
  readonly details: readonly string[];
};

/** Compares all sides at the end. */
export async function outcomeOf(of: {
  readonly scene: UpgradeScene;
  /** Null: it did not get that far. */
  readonly next: Version | null;
  readonly phases: readonly Phase[];
  readonly runs: readonly Run[];
  readonly collected: Collected;
  readonly stuck: readonly string[];
  readonly isOldStopped: boolean;
  readonly brokenOff: string | null;
  readonly seconds: number;
}): Promise<UpgradeOutcome> {
  const { scene, next, phases, runs, collected, stuck, isOldStopped, brokenOff, seconds } = of;
  const { old } = scene;
  const begunOn = new Map(runs.map((run) => [run.workflowId, versionsOf(run)[0] ?? null]));
  const onVersion = (ids: readonly number[], version: Version | null): number =>
    ids.filter((id) => version !== null && begunOn.get(buildWorkflowId(rpmTaskOf({ id }))) === version.build).length;
  const idsOf = (phase: Phase['name']): readonly number[] =>
    phases.flatMap(({ name, ids }) => (name === phase ? ids : []));
  const versions = next === null ? [old] : [old, next];
  const judged = collected.builds.map(judgeBuild).map(({ open, wrong }) => [...open, ...wrong]);
  const restarted = [...startedTwice(scene), ...ranTwice(runs)];
  const mixed = runs.filter((run) => versionsOf(run).length > 1);
  const strayed = mixed.map(({ workflowId, runId }) => `${workflowId} ${runId} went on in another version`);
  const broken = [...failedTasks(runs), ...strayed, ...(await replayOn(versions, runs))];
  return {
    builds: judged.length,
    finished: collected.builds.filter(({ rpm }, at) => rpm.state === 'succeeded' && judged[at]?.length === 0).length,
    onNew: Object.fromEntries(
      PHASES.map((name) => [name, { builds: idsOf(name).length, onNew: onVersion(idsOf(name), next) }]),
    ) as UpgradeOutcome['onNew'],
    rolledBack: onVersion(idsOf('rollback'), old),
    lost: judged.filter((lines) => lines.length > 0).length + stuck.length,
    restarted: restarted.length,
    nondeterminism: broken.length,
    takenOver: takenOver(runs, old.build),
    isOldStopped,
    seconds,
    details: [...(brokenOff === null ? [] : [brokenOff]), ...judged.flat(), ...stuck, ...restarted, ...broken],
  };
}

/** Build ids of the versions that did the workflow tasks of a run. */
function versionsOf({ history }: Run): readonly string[] {
  const builds = (history.events ?? []).flatMap((event) => {
    const build = event.workflowTaskCompletedEventAttributes?.deploymentVersion?.buildId;
    return build == null ? [] : [build];
  });
  return [...new Set(builds)];
}

/** Each run must be what the version that did it would do again. */
async function replayOn(versions: readonly Version[], runs: readonly Run[]): Promise<readonly string[]> {
  const lines: string[] = [];
  for (const { build, directory } of versions) {
    const own = runs.filter((run) => versionsOf(run)[0] === build);
    lines.push(...(await replayRuns(own, bundleOf(directory))));
  }
  return lines;
}

function startedTwice({ installation, builds }: UpgradeScene): readonly string[] {
  const starts = new Map<string, number>();
  const journal = readFileSync(join(installation.directory.playground, 'pool', 'journal.jsonl'), 'utf8');
  for (const [, taskId = ''] of journal.matchAll(/"event": ?"start".*"taskUrl": ?"[^"]*\/([^"/]+)"/g))
    starts.set(taskId, (starts.get(taskId) ?? 0) + 1);
  return [...builds.values()].flatMap((build) => {
    const count = starts.get(rpmTaskOf(build)) ?? 0;
    return count <= 1 ? [] : [`${rpmTaskOf(build)} was started ${count} times on builders`];
  });
}

function ranTwice(runs: readonly Run[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const { type, workflowId } of runs)
    if (type === 'build') counts.set(workflowId, (counts.get(workflowId) ?? 0) + 1);
  return [...counts].flatMap(([workflowId, count]) => (count === 1 ? [] : [`${workflowId} has ${count} runs`]));
}

/** Counts runs that continue one of the other version. */
function takenOver(runs: readonly Run[], old: string): UpgradeOutcome['takenOver'] {
  const last = new Map<string, string>();
  const by = { byNew: 0, byOld: 0 };
  for (const run of runs) {
    if (!(MOVING_TYPES as readonly string[]).includes(run.type)) continue;
    const [version] = versionsOf(run);
    if (version === undefined) continue;
    const before = last.get(run.workflowId);
    last.set(run.workflowId, version);
    if (!isContinued(run) || before === undefined || before === version) continue;
    by[version === old ? 'byOld' : 'byNew'] += 1;
  }
  return by;
}

function isContinued({ history }: Run): boolean {
  return (history.events?.[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId ?? '') !== '';
}

/** Where the outcome misses the bar, one line each; empty: it is met. */
export function shortfalls(outcome: UpgradeOutcome): readonly string[] {
  const { onNew, builds, finished, rolledBack, takenOver: taken, isOldStopped } = outcome;
  const lines: string[] = [];
  if (finished < builds) lines.push(`${finished} of ${builds} builds have finished`);
  for (const name of ['lost', 'restarted', 'nondeterminism'] as const)
    if (outcome[name] > 0) lines.push(`${name} is ${outcome[name]}`);
  for (const name of ['before', 'rollback'] as const)
    if (onNew[name].onNew > 0) lines.push(`${name}: ${onNew[name].onNew} builds began on the new version`);
  for (const name of ['current', 'again', 'after'] as const)
    if (onNew[name].onNew < onNew[name].builds)
      lines.push(`${name}: ${onNew[name].onNew} of ${onNew[name].builds} builds began on the new version`);
  const [least, most] = fairShare(onNew.ramp.builds, RAMP_PERCENT);
  if (onNew.ramp.onNew < least || onNew.ramp.onNew > most)
    lines.push(`ramp: ${onNew.ramp.onNew} builds began on the new version, not ${least} to ${most}`);
  if (rolledBack < onNew.rollback.builds)
    lines.push(`rollback: ${rolledBack} of ${onNew.rollback.builds} builds began on the old version`);
  if (taken.byNew === 0 || taken.byOld === 0)
    lines.push(`${taken.byNew} runs were taken over by the new version, ${taken.byOld} by the old one`);
  if (!isOldStopped) lines.push('the old workers had to be killed');
  return lines;
}
