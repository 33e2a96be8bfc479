import type { ActionPlan, Deletion, DirectoryId, RepositoryWork, WorkList } from '../../../contracts/action/action.js';
import type { ActionWork } from '../../../ports/action/action-work.js';
import type { PlanFiles } from '../../../ports/plan-files.js';
import type { ProjectTree } from '../../../ports/project/project-tree.js';
import { projectOfDirname } from '../../../domain/build/build-directory.js';

type Dependencies = { readonly work: ActionWork; readonly plans: PlanFiles; readonly projects: ProjectTree };

/**
 * Makes a plan small enough for a history: long lists move into files, and work on things that no longer exist is
 * dropped, as it is done already. For actions requested before the project was deleted, nothing is to be done; those
 * requested before it was renamed are refused with the new name. Safe to repeat.
 */
export async function shortPlan(actionId: number, plan: ActionPlan, deps: Dependencies): Promise<ActionPlan> {
  const { work } = deps;
  const instead = (await renamedSince(actionId, plan, deps)) ?? (await deletedSince(actionId, plan, deps.projects));
  if (instead !== null) return instead;
  switch (plan.type) {
    case 'refused':
    case 'nothing':
    case 'gen_gpg_key':
    case 'deleteChroot':
    case 'updateComps':
    case 'rename':
      return plan;
    case 'createrepo':
      return { ...plan, requests: await requestList(plan.requests) };
    case 'deleteBuilds': {
      const { owner } = plan.loose;
      const here = await existing(await work.read(plan.requests), ({ repository }) => [
        ...[repository.owner, repository.dirname, repository.chroot],
      ]);
      const loose = [
        ...(await lyingThere(owner, await work.read(plan.loose.paths))),
        ...(await oldLogs(owner, plan.oldLogs ?? { directories: [], ids: [] })),
      ];
      const requests = await requestList({ items: here, file: null });
      return { type: plan.type, requests, loose: { owner, paths: await work.list(actionId, 'loose', loose) } };
    }
    case 'deleteProject':
    case 'removeDirs':
      return { ...plan, directories: await moved('directories', plan.directories) };
    case 'buildModule': {
      const modulemd = await work.file(actionId, 'modulemd', await work.read(plan.modulemd));
      const requests = await requestList(plan.requests);
      return { ...plan, modulemd, requests, builds: await moved('builds', plan.builds) };
    }
    case 'fork': {
      const builds = await moved('builds', plan.builds);
      return { ...plan, builds, requests: await requestList(plan.requests) };
    }
    case 'rawhideToRelease': {
      const builds = await moved('builds', plan.builds);
      return { ...plan, builds, requests: await requestList(plan.requests) };
    }
  }

  async function moved<T>(name: string, list: WorkList<T>): Promise<WorkList<T>> {
    return work.list(actionId, name, await work.read(list));
  }

  async function requestList(list: WorkList<RepositoryWork>): Promise<WorkList<RepositoryWork>> {
    const short: RepositoryWork[] = [];
    for (const { repository, change } of await work.read(list))
      short.push({ repository, change: await deps.plans.shorten(repository, change) });
    return work.list(actionId, 'requests', short);
  }

  /** Those of the paths below the owner that exist; many of them share few directories, and each is read once. */
  async function lyingThere(owner: string, paths: readonly string[]): Promise<readonly string[]> {
    const there: string[] = [];
    const listed = new Map<string, Pick<ReadonlySet<string>, 'has'>>();
    for (const path of paths) {
      const at = path.lastIndexOf('/');
      const directory = path.slice(0, at);
      const names = listed.get(directory) ?? (await deps.projects.namesIn([owner, ...directory.split('/')]));
      listed.set(directory, names);
      if (names.has(path.slice(at + 1))) there.push(path);
    }
    return there;
  }

  /**
   * Logs that old backends left beside the builds (docs/neighbours/storage.md#tree): there are few, though the builds
   * may be many.
   */
  async function oldLogs(
    owner: string,
    { directories, ids }: { readonly directories: readonly string[]; readonly ids: readonly number[] },
  ): Promise<readonly string[]> {
    const there: string[] = [];
    for (const directory of directories) {
      const names = await deps.projects.namesIn([owner, ...directory.split('/')]);
      for (const id of ids) for (const name of oldLogsOf(id)) if (names.has(name)) there.push(`${directory}/${name}`);
    }
    return there;
  }

  async function existing<T>(items: readonly T[], namesOf: (item: T) => readonly string[]): Promise<readonly T[]> {
    const there: T[] = [];
    for (const item of items) if (await deps.projects.exists(namesOf(item))) there.push(item);
    return there;
  }
}

function oldLogsOf(id: number): ReadonlySet<string> {
  return new Set([`build-${String(id).padStart(8, '0')}.log`, `build-${id}.rsync.log`, `build-${id}.log`]);
}

/**
 * The empty plan if an action requested later has deleted the project (after a delete, a frontend still offers actions
 * that had been waiting before it, docs/neighbours/frontend.md#deletes). A project that was created again after the
 * delete gets its directories back. Deletes themselves pass: whatever is missing counts as deleted.
 */
async function deletedSince(actionId: number, plan: ActionPlan, projects: ProjectTree): Promise<ActionPlan | null> {
  const looked = new Set<string>();
  for (const { owner, dirname, chroot } of touched(plan)) {
    const candidates: readonly Deletion[] = [
      { owner, dirname: projectOfDirname(dirname), chroot: null },
      { owner, dirname, chroot: null },
      ...(chroot === null ? [] : [{ owner, dirname, chroot }]),
    ];
    for (const deletion of candidates) {
      // A hundred thousand directories with metadata belong to far fewer projects.
      const place = `${deletion.owner}/${deletion.dirname}/${deletion.chroot ?? ''}`;
      if (looked.has(place)) continue;
      looked.add(place);
      const by = await projects.deletedBy(deletion);
      if (by === null) continue;
      if (by > actionId)
        return { type: 'nothing', why: `${owner}/${dirname} was deleted by action ${by}, which was asked for later` };
      // A rename moves the whole directory into place.
      if (plan.type !== 'rename') await projects.recreate(deletion);
    }
  }
  return null;
}

/** A refusal if a later action has renamed the plan's project: work under the old name would never be seen. */
async function renamedSince(actionId: number, plan: ActionPlan, deps: Dependencies): Promise<ActionPlan | null> {
  const named = [...touched(plan), ...(await taken(plan, deps.work))].map(({ owner, dirname }) => ({ owner, dirname }));
  const directories = named.flatMap(({ owner, dirname }) => [
    { owner, dirname },
    { owner, dirname: projectOfDirname(dirname) },
  ]);
  const distinct = new Map(directories.map((directory) => [`${directory.owner}/${directory.dirname}`, directory]));
  for (const [name, directory] of distinct) {
    const by = await deps.projects.renamedBy({ ...directory, chroot: null });
    if (by === null || by.action <= actionId) continue;
    const message = `${name} is ${by.to} since action ${by.action}: ask for it under the new name`;
    return { type: 'refused', failure: { code: 'ProjectRenamed', message } };
  }
  return null;
}

/** Directories that the plan would remove from, or copy from; a rename checks its source itself. */
async function taken(plan: ActionPlan, work: ActionWork): Promise<readonly DirectoryId[]> {
  switch (plan.type) {
    case 'deleteBuilds': {
      const { owner, paths } = plan.loose;
      const dirnames = new Set<string>();
      for (const path of [...(plan.oldLogs?.directories ?? []), ...(await work.read(paths))])
        dirnames.add(path.split('/', 1)[0] ?? path);
      const loose = [...dirnames].map((dirname) => ({ owner, dirname }));
      return [...(await work.read(plan.requests)).map(({ repository }) => repository), ...loose];
    }
    case 'deleteChroot':
      return [{ owner: plan.project.owner, dirname: plan.project.project }];
    case 'deleteProject':
    case 'removeDirs':
      return work.read(plan.directories);
    case 'fork':
      return [{ owner: plan.source.owner, dirname: plan.source.project }];
    case 'refused':
    case 'nothing':
    case 'createrepo':
    case 'gen_gpg_key':
    case 'updateComps':
    case 'buildModule':
    case 'rename':
    case 'rawhideToRelease':
      return [];
  }
}

/** Directories that the plan would create. */
function touched(plan: ActionPlan): readonly Deletion[] {
  const whole = ({ owner, dirname }: DirectoryId): Deletion => ({ owner, dirname, chroot: null });
  switch (plan.type) {
    case 'createrepo':
    case 'buildModule':
      return (plan.requests.items ?? []).map(({ repository }) => repository);
    case 'gen_gpg_key':
      return [whole({ owner: plan.project.owner, dirname: plan.project.project })];
    case 'updateComps':
      return plan.urlPath === null ? [] : [plan.repository];
    case 'fork':
    case 'rename':
      return [whole({ owner: plan.destination.owner, dirname: plan.destination.project })];
    case 'rawhideToRelease':
      return [{ owner: plan.project.owner, dirname: plan.dirname, chroot: plan.to }];
    case 'refused':
    case 'nothing':
    case 'deleteBuilds':
    case 'deleteChroot':
    case 'deleteProject':
    case 'removeDirs':
      return [];
  }
}
