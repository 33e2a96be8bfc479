import assert from 'node:assert/strict';
import { stagedPath } from './result-paths.js';
import { copyFile, mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { planAction } from '../../src/activities/action/plans/plan-action.js';
import type { ActivityDependencies } from '../../src/activities/dependencies.js';
import { createActivities } from '../../src/activities/index.js';
import { createPruneActivities } from '../../src/activities/prune/prune.js';
import { createBuildCopies } from '../../src/adapters/build-copies/build-copies.js';
import { createCreaterepoIndexer } from '../../src/adapters/repository-store/repository-indexer.js';
import { createPrunableTree } from '../../src/adapters/repository-store/survey/prunable-tree.js';
import { createPlanFiles } from '../../src/adapters/plan-files/plan-files.js';
import { createPrunePlans } from '../../src/adapters/plan-files/prune-plans.js';
import { createProjectTree } from '../../src/adapters/project-tree/project-tree.js';
import { createResultTree } from '../../src/adapters/result-tree/result-tree.js';
import { createTreeSigner } from '../../src/adapters/result-tree/signer.js';
import { readPackageHeader } from '../../src/adapters/rpm/package-header.js';
import type { CopiedSlice, Slice } from '../../src/contracts/project/copies.js';
import type { RepositoryId } from '../../src/contracts/names/ids.js';
import type { PruneCursor, PruneStep } from '../../src/contracts/prune/prune.js';
import type { RepositoryCommand } from '../../src/contracts/repository/repository.js';
import { projectOfDirname } from '../../src/domain/build/build-directory.js';
import { parsePlanLine } from '../../src/domain/prune/prune-plan.js';
import { takeBatch } from '../../src/domain/repository/repository-batch.js';
import type { ActionRequest } from '../../src/ports/action/requested-action.js';
import type { FileSigner } from '../../src/adapters/rpm/file-signer.js';
import { planPruning } from '../../src/activities/prune/plan.js';
import { activityContext } from './activity.js';
import { BUILDER, givenFacts } from './fake-activities.js';
import { fakePorts, HOST_KEY, withTree } from './fake-ports.js';
import { givenDirectory } from './given-directory.js';

/** 60 days after the build of these packages, when all of them are old. */
const LATER_MS = 60 * 86_400_000;

/**
 * Activities with a worker's adapters, on a separate results tree, called one after the other like by their workflows.
 * A request to a repository is executed before the call returns.
 */
export type RealActivities = {
  readonly chroot: (repository: RepositoryId) => string;
  /** Delivers what a builder left in `from`: checked, signed, put into its place, published. */
  readonly build: (repository: RepositoryId, targetDir: string, from: string) => Promise<void>;
  /** Copies builds as the frontend asks: a fork, or the branch of a release. */
  readonly copy: (request: ActionRequest) => Promise<void>;
  /**
   * `copr-prune-results` at a time when all packages are old; returns its plan for this repository, `<kind> <path>`.
   */
  readonly prune: (repository: RepositoryId) => Promise<readonly string[]>;
  readonly remove: () => Promise<void>;
};

/** `signsBuilds`: false if it is enough to sign thousands of packages once, in a fork. */
export async function realActivities({
  signer,
  signsBuilds = true,
}: {
  readonly signer: FileSigner;
  readonly signsBuilds?: boolean;
}): Promise<RealActivities> {
  const root = await givenDirectory();
  const destdir = path.join(root.path, 'results');
  await mkdir(destdir);
  const now = (): number => Date.now() + LATER_MS;
  const asked: { readonly repository: RepositoryId; readonly change: RepositoryCommand }[] = [];
  let sent = '';
  const { deps: fakes } = fakePorts({
    messages: {
      isOpen: () => Promise.resolve(false),
      requestChange: (repository, { change }) => Promise.resolve(void asked.push({ repository, change })),
    },
    sync: { download: ({ to }) => leaveResults(sent, stagedPath(destdir, to)) },
  });
  const { packageCopies, ...tree } = createResultTree({ destdir });
  const prunable = createPrunableTree({ destdir });
  const ports: ActivityDependencies = {
    ...{ ...fakes, signer: createTreeSigner({ destdir, files: signer }), ...tree },
    ...{ projects: createProjectTree({ destdir }), plans: createPlanFiles({ destdir }) },
    ...{ prunable, prunePlans: createPrunePlans({ destdir }) },
  };
  const deps = withTree(ports, {
    ...{ packageCopies, copies: createBuildCopies({ destdir }), prunable },
    indexer: createCreaterepoIndexer({ destdir, resultsBaseurl: 'http://results.example', graceHours: 0 }),
  });
  const { steps, sign: signing, publish: publishing } = createActivities(deps);
  const { requestPruning } = createPruneActivities({ ...deps, now });
  const run = <I, O>(activity: (input: I) => Promise<O>, given: I): Promise<O> =>
    activityContext().run(activity, given);

  /** Publishes like the workflows of the repositories. */
  async function publish(): Promise<void> {
    for (let first = asked[0]; first !== undefined; first = asked[0]) {
      const { repository } = first;
      const own = asked.filter((one) => isDeepStrictEqual(one.repository, repository));
      const taken = takeBatch(own) ?? assert.fail();
      asked.splice(0, asked.length, ...asked.filter((one) => !taken.batch.includes(one)));
      await run(publishing.publishRepository, { repository, run: taken.run ?? assert.fail() });
      await run(publishing.collectRepository, { repository });
    }
  }

  async function copyAll(copy: (slice: Slice & { readonly actionId: number }) => Promise<CopiedSlice>): Promise<void> {
    for (let first: number | null = 0; first !== null;) {
      const copied: CopiedSlice = await copy({ actionId: 1, first, atMost: 50 });
      assert.deepEqual([copied.standing, copied.missing, copied.failures], [0, 0, []]);
      first = copied.next;
    }
  }

  return {
    chroot: ({ owner, dirname, chroot }) => path.join(destdir, owner, dirname, chroot),
    build: async (repository, targetDir, from) => {
      const buildId = Number(targetDir.split('-')[0]);
      const ids = { buildId, taskId: `${buildId}-${repository.chroot}`, targetDir };
      const facts = givenFacts({ ...repository, ...ids, project: projectOfDirname(repository.dirname) });
      sent = from;
      await deps.buildDirectories.prepare(facts, 'run');
      await deps.buildDirectories.writeBuildInfo(facts, { buildId, host: BUILDER.host });
      const downloaded = await run(steps.downloadResults, { facts, builder: { ...BUILDER, hostKey: HOST_KEY } });
      if (!downloaded.built) return assert.fail(downloaded.failure.message);
      const { staging } = downloaded;
      if (signsBuilds) await run(signing.signResults, { facts, staging });
      await run(steps.deliverResults, { facts, staging, publish: { requestId: 'publish' } });
      await publish();
    },
    copy: async (request) => {
      const plan = planAction({ id: 1, store: 'tree', request }, true);
      if (plan.type === 'fork') {
        const { source, destination, builds } = plan;
        const dirname = destination.project;
        await run(signing.ensureKey, { project: destination, dirname });
        await copyAll((slice) => run(signing.forkBuilds, { ...slice, source, destination, builds, sign: true }));
      } else if (plan.type === 'rawhideToRelease') {
        const { project, dirname, from, to, builds } = plan;
        const directory = { owner: project.owner, dirname };
        await copyAll((slice) => run(publishing.branchBuilds, { ...slice, directory, from, to, builds }));
      } else return assert.fail(JSON.stringify(plan));
      asked.push(...(plan.requests.items ?? assert.fail()));
      await publish();
    },
    prune: async (repository) => {
      const states = new Map([[repository.chroot, { active: true, isFinal: false }]]);
      const { text, leftOut } = await planPruning(
        {
          frontend: { ...deps.frontend, pruneStates: () => Promise.resolve(states) },
          ...{ tree: deps.prunable, atPulp: deps.stores.pulp.prunable, log: deps.log, now, retryMs: 1 },
        },
        {
          ...{ days: 14, caps: { share: 100, total: 100_000 }, force: false },
          ...{ untouched: true, finalized: false, parallel: 1 },
        },
      );
      assert.deepEqual(leftOut, []);
      const plan = await deps.prunePlans.keep(text);
      for (let at: PruneCursor | null = { section: null, line: 0 }; at !== null;) {
        const step: PruneStep = await run(requestPruning, { plan, at, lines: 100, requestId: `prune/${at.line}` });
        assert.deepEqual([step.gone, step.kept, step.unfinished], [0, 0, null]);
        await publish();
        at = step.next;
      }
      return text.split('\n').flatMap((one) => {
        const line = parsePlanLine(one);
        return line.type === 'removal' && isDeepStrictEqual(line.repository, repository)
          ? [`${line.removal.kind} ${line.removal.path}`]
          : [];
      });
    },
    remove: root.remove,
  };
}

/** Leaves a builder's results: the packages, and what it says about them. */
async function leaveResults(from: string, to: string): Promise<{ readonly files: number; readonly bytes: number }> {
  const packages: unknown[] = [];
  for (const name of await readdir(from)) {
    await copyFile(path.join(from, name), path.join(to, name));
    const header = (await readPackageHeader(path.join(from, name))) ?? assert.fail(name);
    packages.push({ ...header, arch: header.isSource ? 'src' : header.arch, epoch: null });
  }
  await writeFile(path.join(to, 'results.json'), JSON.stringify({ packages }));
  await writeFile(path.join(to, 'success'), 'done');
  return { files: packages.length + 2, bytes: 0 };
}
