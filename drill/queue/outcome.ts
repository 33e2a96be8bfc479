import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { SOURCE_CHROOT } from '../../src/contracts/build/build.js';
import { targetDirectory } from '../../src/domain/build/build-directory.js';
import { namedPackages, pathOf, type Collected } from '../storm/collect.js';
import { judgeBuild } from '../storm/judge-build.js';
import { PACKAGE } from '../storm/script.js';
import type { Deleted } from './deletes.js';
import type { QueueScene } from './scene.js';

/** The figures of the drill; the one object of `--json`. */
export type QueueOutcome = {
  /** Builds that nobody deleted. */
  readonly builds: number;
  /** Builds on which frontend, results tree, repository and Temporal agree. */
  readonly agreed: number;
  /** Builds and deletes that ended differently than they should. */
  readonly wrongOutcome: number;
  readonly canceled: number;
  readonly rescheduled: number;
  readonly deleted: number;
  /** Deleted builds of which the tree or a repository still has something. */
  readonly deletedLeft: number;
  /** Outages of the frontend. */
  readonly outages: number;
  /** Workflows that are open but should not be, or that make no progress. */
  readonly stuck: number;
  readonly ticketsLeft: number;
  readonly doubleReports: number;
  readonly seconds: number;
  readonly details: readonly string[];
};

/** Compares all sides at the end. */
export async function outcomeOf(of: {
  readonly scene: QueueScene;
  readonly collected: Collected;
  readonly deleted: readonly Deleted[];
  readonly stuck: readonly string[];
  readonly outages: number;
  readonly rescheduled: number;
  readonly seconds: number;
}): Promise<QueueOutcome> {
  const { scene, collected, deleted, stuck, outages, rescheduled, seconds } = of;
  const judged = collected.builds.map(judgeBuild);
  const actions = new Map(collected.actions.map((action) => [action.id, action]));
  const left = await deletedLeft(scene, deleted);
  const notDeleted = deleted.flatMap(({ build, actionId }) => {
    const { result = 0, message = null } = actions.get(actionId) ?? {};
    return result === ACTION_SUCCEEDED ? [] : [`delete of ${build.id}: result ${result}: ${message ?? ''}`];
  });
  return {
    builds: judged.length,
    agreed: judged.filter(({ open }) => open.length === 0).length,
    wrongOutcome: judged.filter(({ wrong }) => wrong.length > 0).length + notDeleted.length,
    canceled: [...scene.builds.values()].filter(({ canceledIn }) => canceledIn !== null).length,
    ...{ rescheduled, deleted: deleted.length, deletedLeft: left.length, outages, stuck: stuck.length },
    ticketsLeft: collected.openTickets.length,
    doubleReports: collected.doubleReports.length,
    seconds,
    details: [
      ...judged.flatMap(({ open, wrong }) => [...open, ...wrong]),
      ...[...notDeleted, ...left, ...stuck, ...collected.doubleReports],
    ],
  };
}

/** `ActionResult` of the frontend. */
const ACTION_SUCCEEDED = 1;

async function deletedLeft(scene: QueueScene, deleted: readonly Deleted[]): Promise<readonly string[]> {
  const named = [...(await namedPackages(scene))];
  const left: string[] = [];
  for (const { build } of deleted) {
    const place = pathOf(build.repository);
    const name = targetDirectory({ buildId: build.id, packageName: PACKAGE });
    if (named.some((href) => href.startsWith(`${place}/${name}/`))) left.push(`${place} still names ${name}`);
    // Packages stay for the grace time, for clients that read older metadata; no metadata leads anyone to sources.
    const sources = pathOf({ ...build.repository, chroot: SOURCE_CHROOT });
    const there = await readdir(join(scene.installation.directory.results, sources)).catch((): string[] => []);
    const source = targetDirectory({ buildId: build.id, packageName: null });
    if (there.includes(source)) left.push(`${sources}/${source} is still there`);
  }
  return left;
}

/** Where the outcome misses the bar, one line each; empty: it is met. */
export function shortfalls(outcome: QueueOutcome): readonly string[] {
  const lines: string[] = [];
  if (outcome.agreed < outcome.builds) lines.push(`${outcome.builds - outcome.agreed} builds are not agreed upon`);
  for (const name of ['canceled', 'rescheduled', 'deleted'] as const)
    if (outcome[name] === 0) lines.push(`no build was ${name}`);
  if (outcome.outages < 2) lines.push(`the frontend was away ${outcome.outages} times instead of twice`);
  for (const name of ['wrongOutcome', 'deletedLeft', 'stuck', 'ticketsLeft', 'doubleReports'] as const)
    if (outcome[name] > 0) lines.push(`${name} is ${outcome[name]}`);
  return lines;
}
