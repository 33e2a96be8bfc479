import type { BeginBuildResult, StepActivities } from '../../contracts/activities.js';
import { SOURCE_CHROOT, type BuildFacts, type BuildKind } from '../../contracts/build/build.js';
import { repositoryChange } from '../../contracts/repository/repository.js';
import { inStore, storeOf, storeOfNumber } from '../../contracts/store-kind.js';
import { parseTaskId, targetDirectory } from '../../domain/build/build-directory.js';
import type { BuildTask } from '../../ports/frontend.js';
import { PortFailure } from '../../ports/port-failure.js';
import { reportOfResults } from './build-reports.js';
import type { ActivityDependencies } from '../dependencies.js';
import { ownRun, requester } from '../requester.js';
import { createKeyRequest } from '../signing/key-request.js';
import { parseChroot } from '../../domain/names/chroot.js';

type Dependencies = Pick<
  ActivityDependencies,
  | 'frontend'
  | 'buildDirectories'
  | 'backendLog'
  | 'buildResults'
  | 'projectKeys'
  | 'stores'
  | 'messages'
  | 'forecast'
  | 'settings'
>;

/** Begins a build: its task, the frontend's permission to start, its place, and its prerequisites. */
export function createBuildTaskActivities(
  deps: Dependencies,
): Pick<StepActivities, 'beginBuild' | 'requestPrerequisites'> {
  const { frontend, buildDirectories, backendLog, projectKeys, stores, messages, forecast, settings } = deps;
  const requestKey = createKeyRequest(deps);

  return {
    async beginBuild({ taskId, kind, isReported }) {
      const task = await readTask(taskId);
      if (!('buildId' in task)) return task;
      const facts = buildFacts(task, kind, settings);
      if (isReported === true && (await isReportLost(facts))) return { start: 'report again', facts };
      await buildDirectories.prepare(facts, ownRun().runId);
      // Before a builder is taken for nothing.
      await stores[storeOf(facts)].insist();
      const startedOn = Math.floor(Date.now() / 1000);
      await backendLog.note(facts, [
        `Build ${taskId} of ${facts.owner}/${facts.dirname}, tags: ${facts.tags.join(', ')}`,
      ]);
      const mayStart = await frontend.startingBuild({
        id: facts.buildId,
        taskId,
        chroot: facts.chroot,
        status: 'starting',
        resultDir: facts.targetDir,
        startedOn,
      });
      if (!mayStart) {
        const message = 'the frontend does not let it start: the build was canceled or deleted';
        return { start: false, facts, failure: { code: 'StartRefused', message } };
      }
      forecast.ask(facts);
      const missing = {
        repository: await baseRepositoryMissing(facts, task),
        key: facts.sign && !(await projectKeys.has(facts)),
      };
      return { start: true, facts, missing, startedOn };
    },

    async requestPrerequisites({ facts, repository, key }) {
      if (repository !== null) {
        await backendLog.note(facts, ['Waiting for the base repository of this chroot']);
        await messages.requestChange(
          { owner: facts.owner, dirname: facts.dirname, chroot: facts.chroot },
          { ...requester(repository.requestId), change: repositoryChange('ensure', inStore(storeOf(facts))) },
        );
      }
      if (key !== null) {
        const { owner, project, dirname } = facts;
        await requestKey({ ...key, project: { owner, project }, dirname, facts });
      }
    },
  };

  async function readTask(taskId: string): Promise<BuildTask | Extract<BeginBuildResult, { start: false }>> {
    try {
      const task = await frontend.buildTask(taskId);
      if (task !== null) return task;
      const message = 'the frontend lists this task but has no record of it now: its chroot is not active';
      return { start: false, facts: null, failure: { code: 'TaskUnknown', message } };
    } catch (error) {
      if (error instanceof PortFailure && error.code === 'TaskInvalid') {
        return { start: false, facts: null, failure: { code: error.code, message: error.message } };
      }
      throw error;
    }
  }

  /** The frontend knows no package of a source that was built and reported, so it has lost the report. */
  async function isReportLost(facts: BuildFacts): Promise<boolean> {
    return facts.kind === 'source' && facts.packageName === null && (await reportOfResults(deps, facts)) !== null;
  }

  /** A build waits only for repositories that the frontend lists as ours (docs/neighbours/frontend.md#task-records). */
  async function baseRepositoryMissing(facts: BuildFacts, task: BuildTask): Promise<boolean> {
    if (facts.kind === 'source') return false;
    if (!task.repos.some(({ id }) => id === 'copr_base' || id === 'copr_coprdir')) return false;
    return !(await stores[storeOf(facts)].indexer.exists(facts, { devel: false }));
  }
}

/** Derives the backend's facts from a task. */
export function buildFacts(
  task: BuildTask,
  kind: BuildKind,
  settings: Pick<ActivityDependencies['settings'], 'buildTimeout' | 'doSign'>,
): BuildFacts {
  const arch = task.chroot === null ? 'noarch' : parseChroot(task.chroot).arch;
  const tags = [...new Set(['copr_builder', `arch_${arch}`, ...task.tags])].sort();
  return {
    taskId: task.taskId,
    kind,
    buildId: task.buildId,
    owner: task.owner,
    project: task.project,
    dirname: task.dirname,
    chroot: kind === 'source' ? SOURCE_CHROOT : (task.chroot ?? parseTaskId(task.taskId)?.chroot ?? SOURCE_CHROOT),
    targetDir: targetDirectory({ buildId: task.buildId, packageName: kind === 'source' ? null : task.packageName }),
    packageName: task.packageName,
    packageVersion: task.packageVersion,
    submitter: task.submitter,
    tags,
    sandbox: task.sandbox,
    timeout: task.timeout ?? settings.buildTimeout,
    usesDevelRepo: task.usesDevelRepo,
    appstream: task.appstream,
    distributions: [...new Set([...task.distributionsInBuild, ...task.distributionsInProject])].sort(),
    sign: kind === 'rpm' && settings.doSign && task.sshPublicKeys === null,
    userSsh: kind === 'rpm' && task.sshPublicKeys !== null,
    ...inStore(kind === 'rpm' ? storeOfNumber(task.storage) : 'tree'),
  };
}
