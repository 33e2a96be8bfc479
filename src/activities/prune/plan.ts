import pMap from 'p-map';
import { isBinaryPackage } from '../../domain/names/rpm-file.js';
import { projectOfDirname } from '../../domain/build/build-directory.js';
import { capOfProject, type PruneCaps } from '../../domain/prune/prune-caps.js';
import {
  formatChroot,
  formatFinal,
  formatRemoval,
  PLAN_HEAD,
  type PlannedRemoval,
} from '../../domain/prune/prune-plan.js';
import { oneLine } from '../../domain/plain-text.js';
import { prunability } from '../../domain/prune/prune-project.js';
import { selectForPruning } from '../../domain/prune/prune-selection.js';
import { SOURCE_CHROOT } from '../../contracts/build/build.js';
import type { RepositoryId } from '../../contracts/names/ids.js';
import type { Frontend, PruneState, PublicProject } from '../../ports/frontend.js';
import { lengthening, withBackoff } from '../../backoff/with-backoff.js';
import { PortFailure } from '../../ports/port-failure.js';
import type { ProjectDirectory, PrunableTree } from '../../ports/prune/prunable-tree.js';

const DAY_MS = 86_400_000;
/**
 * A chroot directory can become prunable until this many days after `days` since its last change
 * (docs/neighbours/storage.md#pruning).
 */
const REST_DAYS = 10;

/** The known pruner's first pause (docs/neighbours/frontend.md#refusals-and-outages). */
const RETRY_MS = 5000;

export type PlanningDeps = {
  readonly frontend: Pick<Frontend, 'project' | 'pruneStates'>;
  readonly tree: PrunableTree;
  /** Of projects whose packages are at Pulp. */
  readonly atPulp: Pick<PrunableTree, 'survey'>;
  /** Facts and a sentence, for pruner.log. */
  readonly log: {
    readonly info: (facts: object, text: string) => void;
    readonly warn: (facts: object, text: string) => void;
  };
  readonly now: () => number;
  /** Ends the planning, which then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Called for each surveyed project. */
  readonly onProgress?: (progress: { readonly looked: number; readonly of: number }) => void;
  /** Pause before an unavailable frontend is asked again; it grows each time. */
  readonly retryMs?: number;
};

export type PlanningOptions = {
  readonly days: number;
  readonly caps: PruneCaps;
  /** Ignores the caps. */
  readonly force: boolean;
  /** Also surveys directories that have not changed for a long time. */
  readonly untouched: boolean;
  /** Also surveys chroots whose final prune was done. */
  readonly finalized: boolean;
  /** Directories surveyed in parallel. */
  readonly parallel: number;
};

type Section = {
  readonly repository: RepositoryId;
  readonly packages: number;
  readonly removals: readonly PlannedRemoval[];
};

/** A plan, and remarks for people that are not in it, one per line. */
export type MadePlan = { readonly text: string; readonly leftOut: readonly string[] };

/**
 * Surveys the whole results tree and decides what is removed and why (docs/neighbours/storage.md#pruning). Waits for an
 * unavailable frontend; directories that cannot be surveyed are left out, and their chroots are not reported as finally
 * pruned.
 */
export async function planPruning(deps: PlanningDeps, options: PlanningOptions): Promise<MadePlan> {
  const { tree, log, now } = deps;
  const states = await askFrontend(deps, () => deps.frontend.pruneStates());
  const sections: Section[] = [];
  const leftOut: string[] = [];
  const unwell = new Set<string>();
  const leave = (repository: RepositoryId | null, where: string, why: string): void => {
    if (repository !== null) unwell.add(repository.chroot);
    leftOut.push(`${where}: ${why}`);
    log.warn({ where, why }, 'left out of the plan');
  };

  const planProject = async (project: ProjectDirectory): Promise<void> => {
    const chroots = await candidates(deps, options, states, project);
    if (chroots.length === 0) return;
    const answer = await projectFacts(deps, project);
    if (answer instanceof PortFailure) {
      for (const chroot of chroots) unwell.add(chroot);
      leave(null, `${project.owner}/${project.dirname}`, answer.message);
      return;
    }
    const found = prunability(answer);
    if (!found.isPruned) {
      log.info({ project, why: found.why }, 'not pruned');
      return;
    }
    for (const chroot of chroots) {
      const repository = { ...project, chroot };
      deps.signal?.throwIfAborted();
      try {
        const section = await planChroot(repository, found.facts);
        if (section !== null) sections.push(section);
      } catch (error) {
        if (!(error instanceof PortFailure)) throw error;
        leave(repository, nameOf(repository), error.message);
      }
    }
  };
  await planAll(await tree.projects());
  sections.sort((one, other) => (nameOf(one.repository) < nameOf(other.repository) ? -1 : 1));
  const kept = options.force ? sections : withoutCapped(sections, options.caps, leave);
  const finals = [...states].flatMap(([name, { active, isFinal }]) =>
    active || isFinal || unwell.has(name) ? [] : [name],
  );
  return { text: format({ sections: kept, finals, leftOut, days: options.days, now: now() }), leftOut };

  async function planAll(projects: readonly ProjectDirectory[]): Promise<void> {
    let looked = 0;
    const plan = async (project: ProjectDirectory): Promise<void> => {
      deps.signal?.throwIfAborted();
      await planProject(project);
      looked += 1;
      deps.onProgress?.({ looked, of: projects.length });
    };
    await pMap(projects, plan, { concurrency: options.parallel });
  }

  async function planChroot(repository: RepositoryId, facts: PublicProject): Promise<Section | null> {
    const survey = await (facts.store === 'tree' ? tree : deps.atPulp).survey(repository);
    if (survey.state === 'held') {
      leave(repository, nameOf(repository), survey.why);
      return null;
    }
    if (survey.state === 'noMetadata') {
      const reason = `${survey.why}: a full run makes the metadata, the next plan says what goes`;
      return { repository, packages: 0, removals: [{ kind: 'repodata', path: '', bytes: 0, reason }] };
    }
    const removals = selectForPruning(survey, { now: now(), days: options.days }).toSorted(byPath);
    const packages = survey.packages.filter(isBinaryPackage).length;
    return removals.length === 0 ? null : { repository, packages, removals };
  }
}

/** Names of a project's chroot directories that may hold something to prune. */
async function candidates(
  { tree, now, log }: PlanningDeps,
  options: PlanningOptions,
  states: ReadonlyMap<string, PruneState>,
  project: ProjectDirectory,
): Promise<readonly string[]> {
  const oldest = now() - (options.days + REST_DAYS) * DAY_MS;
  const names: string[] = [];
  for (const { name, changedAt } of await tree.chroots(project)) {
    if (['modules', SOURCE_CHROOT, 'repodata', 'pinned'].includes(name)) continue;
    const state = states.get(name);
    if (state === undefined) {
      log.warn({ project, name }, 'the frontend knows no such chroot; not pruned');
      continue;
    }
    if (state.isFinal && !options.finalized) continue;
    // A chroot that will be reported as finally pruned is surveyed whenever it was last changed.
    const isLast = !state.active && !state.isFinal;
    if (changedAt < oldest && !options.untouched && !options.finalized && !isLast) continue;
    names.push(name);
  }
  return names;
}

/** A refusal is an answer: only that project is left out. */
async function projectFacts(
  deps: PlanningDeps,
  { owner, dirname }: ProjectDirectory,
): Promise<PublicProject | null | PortFailure> {
  try {
    return await askFrontend(deps, () => deps.frontend.project(owner, projectOfDirname(dirname)));
  } catch (error) {
    if (error instanceof PortFailure) return error;
    throw error;
  }
}

/**
 * Waits for the frontend as the known pruner does: for ever, a little longer each time
 * (docs/neighbours/frontend.md#refusals-and-outages).
 */
function askFrontend<T>({ log, signal, retryMs = RETRY_MS }: PlanningDeps, ask: () => Promise<T>): Promise<T> {
  return withBackoff(ask, {
    pauses: lengthening({ firstMs: retryMs, most: 60 }),
    ...(signal === undefined ? {} : { signal }),
    goesOn: (error, { failures }) => {
      if (!(error instanceof PortFailure) || !error.retryable) return false;
      log.warn({ err: error, attempt: failures }, 'the frontend does not answer; trying again');
      return true;
    },
  });
}

function withoutCapped(
  sections: readonly Section[],
  caps: PruneCaps,
  leave: (repository: RepositoryId, where: string, why: string) => void,
): readonly Section[] {
  const projects = new Map<string, Section[]>();
  for (const section of sections) {
    const { owner, dirname } = section.repository;
    const name = `${owner}/${projectOfDirname(dirname)}`;
    projects.set(name, [...(projects.get(name) ?? []), section]);
  }
  return [...projects].flatMap(([name, own]) => {
    const going = own.flatMap(({ removals }) => removals.filter(({ kind }) => kind === 'rpm')).length;
    const packages = own.reduce((sum, section) => sum + section.packages, 0);
    const cap = capOfProject({ packages, going }, caps);
    if (cap.isKept) return own;
    for (const { repository } of own) leave(repository, name, cap.why);
    return [];
  });
}

function format(plan: {
  readonly sections: readonly Section[];
  readonly finals: readonly string[];
  readonly leftOut: readonly string[];
  readonly days: number;
  readonly now: number;
}): string {
  const removals = plan.sections.flatMap((section) => section.removals);
  const count = (kind: PlannedRemoval['kind']): number => removals.filter((one) => one.kind === kind).length;
  const bytes = removals.reduce((sum, one) => sum + one.bytes, 0);
  const lines = [
    PLAN_HEAD,
    `# made ${new Date(plan.now).toISOString()}; what is older than ${plan.days} days and superseded goes`,
    `# ${count('rpm')} packages, ${count('srpm')} source packages, ${count('build')} build directories, ${bytes} bytes`,
    '# kind, path, bytes, reason; lines may be taken out, and copr-prune-results --apply FILE does the rest',
    ...new Set(plan.leftOut.map((line) => `# left out: ${oneLine(line)}`)),
    ...plan.finals.map(formatFinal),
    ...plan.sections.flatMap(({ repository, packages, removals: own }) => [
      formatChroot({ repository, packages, days: plan.days }),
      ...own.map((removal) => formatRemoval(repository, removal)),
    ]),
  ];
  return `${lines.join('\n')}\n`;
}

function nameOf({ owner, dirname, chroot }: RepositoryId): string {
  return `${owner}/${dirname}/${chroot}`;
}

/** Keeps the lines of one build together. */
function byPath(one: PlannedRemoval, other: PlannedRemoval): number {
  if (one.path === other.path) return 0;
  return one.path < other.path ? -1 : 1;
}
