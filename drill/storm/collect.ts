import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { buildWorkflowId, type RepositoryId } from '../../src/contracts/names/ids.js';
import { targetDirectory } from '../../src/domain/build/build-directory.js';
import { readPoolState } from '../pool-state.js';
import { packagesSeen } from '../readers/reader.js';
import { doubleReports, ReportSeen, tasksIn } from './double-reports.js';
import type { Run } from './histories.js';
import type { BuildFacts, TaskFacts } from './judge-build.js';
import type { Span } from './limits.js';
import { PACKAGE, packageFile } from './script.js';
import { packagesNeeded } from './seed.js';
import type { Scene, Storm } from './storm.js';
import type { StormBuild } from './storm-build.js';
import { rpmTaskOf } from './users.js';

const Build = z.object({
  id: z.number(),
  owner: z.string(),
  project: z.string(),
  submitter: z.string().nullable(),
  cancelRequests: z.array(z.string()),
  source: z.object({ state: z.string() }),
  chroots: z.array(z.object({ name: z.string(), state: z.string() })),
  reports: z.array(ReportSeen),
});
type Build = z.infer<typeof Build>;

const Action = z.object({
  id: z.number(),
  action_type: z.number(),
  result: z.number(),
  message: z.string().nullable(),
});

/** The state of the neighbours and of the results tree when the storm is over. */
export type Collected = {
  readonly builds: readonly BuildFacts[];
  readonly spans: readonly Span[];
  /** Tasks whose end was reported to the frontend more than once. */
  readonly doubleReports: readonly string[];
  /** When the cancel of a task was first confirmed, in ms since 1970. */
  readonly confirmedAt: ReadonlyMap<string, number>;
  readonly openTickets: readonly number[];
  readonly actions: readonly z.infer<typeof Action>[];
};

/** Reads frontend, tree, repositories and pool; `runs` are Temporal's. */
export async function collect(storm: Scene, runs: readonly Run[]): Promise<Collected> {
  const views = new Map<number, Build>();
  for (const id of storm.builds.keys()) views.set(id, Build.parse(await getJson(storm, `builds/${id}`)));
  const named = await namedPackages(storm);
  const byWorkflow = new Map<string, Run[]>();
  for (const run of runs) byWorkflow.set(run.workflowId, [...(byWorkflow.get(run.workflowId) ?? []), run]);
  const builds: BuildFacts[] = [];
  for (const build of storm.builds.values()) {
    const view = views.get(build.id);
    if (view !== undefined) builds.push(await factsOf(storm, build, { view, named, byWorkflow }));
  }
  const all = [...views.values()];
  return {
    builds,
    spans: all.flatMap((view) => spansOf(view, byWorkflow)),
    doubleReports: all.flatMap(({ reports }) => doubleReports(reports)),
    confirmedAt: confirmations(all.flatMap(({ reports }) => reports)),
    openTickets: await openTickets(storm),
    actions: z.array(Action).parse(await getJson(storm, 'actions')),
  };
}

/** Tickets that nobody has closed. */
export async function openTickets({ installation }: Pick<Scene, 'installation'>): Promise<readonly number[]> {
  const { tickets } = await readPoolState(installation);
  return tickets.flatMap(({ id, state }) => (state === 'open' ? [id] : []));
}

/** True if each build except the one that is refused for ever, and each action, has ended, and no ticket is open. */
export async function hasAllEnded(scene: Scene & Pick<Storm, 'people'>): Promise<boolean> {
  const { builds, refusedForEver } = scene;
  const views = await scene.people.builds();
  if (views.some((view) => builds.has(view.id) && !view.over && rpmTaskOf(view) !== refusedForEver)) return false;
  return (await waitingActions(scene)) === 0 && (await openTickets(scene)).length === 0;
}

/** Actions that nobody has reported. */
async function waitingActions(storm: Scene): Promise<number> {
  const actions = z.array(Action).parse(await getJson(storm, 'actions'));
  return actions.filter(({ result }) => result === 0).length;
}

async function getJson({ frontendUrl }: Scene, path: string): Promise<unknown> {
  const answer = await fetch(`${frontendUrl}/api/${path}`, { signal: AbortSignal.timeout(30_000) });
  if (!answer.ok) throw new Error(`the frontend answers ${answer.status} for ${path}`);
  return answer.json();
}

/** The packages that clients of each repository see; none if there is no repository. */
export async function namedPackages({ installation, seeded }: Scene): Promise<ReadonlySet<string>> {
  const named = new Set<string>();
  for (const repository of seeded.repositories) {
    const url = `${installation.addresses.resultsUrl}/${pathOf(repository)}`;
    for (const href of await packagesSeen(url).catch(() => [])) named.add(`${pathOf(repository)}/${href}`);
  }
  return named;
}

async function factsOf(
  storm: Scene,
  build: StormBuild,
  seen: {
    readonly view: Build;
    readonly named: ReadonlySet<string>;
    readonly byWorkflow: ReadonlyMap<string, readonly Run[]>;
  },
): Promise<BuildFacts> {
  const { view, named, byWorkflow } = seen;
  const directory = targetDirectory({ buildId: build.id, packageName: PACKAGE });
  const place = `${pathOf(build.repository)}/${directory}`;
  const task = (taskId: string, state: string): TaskFacts => ({
    ...{ taskId, state },
    run: byWorkflow.get(buildWorkflowId(taskId))?.at(-1)?.end ?? null,
  });
  const rpmTask = rpmTaskOf(build);
  const state = view.chroots[0]?.state ?? 'unknown';
  const file = `${place}/${packageFile(build.id, packagesNeeded(storm.size))}`;
  // For a successful build only its own package is checked; for any other one nothing may be named.
  const isNamed = state === 'succeeded' ? named.has(file) : [...named].some((href) => href.startsWith(`${place}/`));
  return {
    ...{ id: build.id, script: build.script, canceledIn: build.canceledIn, requests: view.cancelRequests },
    refused: rpmTask === storm.refusedForEver ? 'for ever' : storm.refusedCancels.has(rpmTask) ? 'for a time' : 'no',
    sources: build.hasSources ? task(String(build.id), view.source.state) : null,
    rpm: task(rpmTask, state),
    rpms: await rpmsIn(join(storm.installation.directory.results, place)),
    isNamed,
  };
}

async function rpmsIn(directory: string): Promise<readonly string[]> {
  const names = await readdir(directory).catch(() => []);
  return names.filter((name) => name.endsWith('.rpm'));
}

/** From the start of the run that made the first terminal report until that report; none without a report. */
function spansOf(view: Build, byWorkflow: ReadonlyMap<string, readonly Run[]>): readonly Span[] {
  const { owner, project, submitter } = view;
  return tasksIn(view.reports).flatMap((taskId) => {
    const report = view.reports.find((one) => one.taskId === taskId && one.terminal);
    if (report === undefined) return [];
    const ended = Date.parse(report.at);
    const run = byWorkflow.get(buildWorkflowId(taskId))?.findLast(({ started }) => started < ended);
    if (run === undefined) return [];
    return [{ taskId, owner, sandbox: `${owner}/${project}--${submitter ?? ''}`, started: run.started, ended }];
  });
}

function confirmations(reports: Build['reports']): ReadonlyMap<string, number> {
  const first = new Map<string, number>();
  for (const { taskId, call, at } of reports)
    if (call === 'canceled' && !first.has(taskId)) first.set(taskId, Date.parse(at));
  return first;
}

/** The path of a repository below the results tree and its URL. */
export function pathOf({ owner, dirname, chroot }: RepositoryId): string {
  return `${owner}/${dirname}/${chroot}`;
}
