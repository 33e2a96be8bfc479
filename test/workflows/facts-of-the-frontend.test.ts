import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startFrontend } from '../../playground/frontend/server.js';
import type { RunningService } from '../../playground/loopback/http-service.js';
import { createBuildTaskActivities } from '../../src/activities/build/build-tasks.js';
import { createFinishActivities } from '../../src/activities/build/build-end.js';
import { createRepeatActivities } from '../../src/activities/build/unapplied-report.js';
import { createFrontendHttp } from '../../src/adapters/frontend-http/frontend.js';
import { createResultTree } from '../../src/adapters/result-tree/result-tree.js';
import type { BuildStorage } from '../../src/ports/build-storage.js';
import type { Activities } from '../../src/contracts/activities.js';
import { admissionQuery, taskEndedSignal } from '../../src/contracts/messages.js';
import type { Frontend } from '../../src/ports/frontend.js';
import { call, submitFiles } from '../playground/support.js';
import { BUILDER } from '../support/fake-activities.js';
import { fakePorts, givenBuildTask } from '../support/fake-ports.js';
import { givenDirectory } from '../support/given-directory.js';
import { buildPath } from '../support/result-paths.js';
import { givenLimits, givenTask } from '../support/given-tasks.js';
import { type Dispatcher, type PolledDispatcher, withPolledDispatcher } from '../support/polled-dispatcher.js';
import { temporal } from '../support/temporal.js';
import { published } from './build-scenarios.js';

/** Of numbers that no other test's builds have. */
const UNIQUE = 1_000_000_000 + (Date.now() % 1_000_000_000);

type Given = {
  readonly frontend: Partial<Frontend>;
  readonly tree?: BuildStorage;
  readonly limit: number;
  readonly activities?: Partial<Activities>;
};

/** A dispatcher with its own polls, whose builds begin and end as they really do; what lies between is made short. */
async function withBuilds(given: Given, test: (world: PolledDispatcher) => Promise<void>): Promise<void> {
  let dispatcher: (() => Dispatcher) | undefined;
  const { deps } = fakePorts({
    frontend: given.frontend,
    ...given.tree,
    messages: {
      taskEnded: async (_, end) => {
        await dispatcher?.().signal(taskEndedSignal, end);
      },
    },
  });
  const { beginBuild } = createBuildTaskActivities(deps);
  const activities = {
    ...{ beginBuild, ...createFinishActivities(deps), ...createRepeatActivities(deps) },
    ...given.activities,
  };
  const polled = { limits: givenLimits(given.limit), pause: 0.2, frontend: given.frontend, activities };
  await withPolledDispatcher(polled, async (world) => {
    dispatcher = world.handle;
    await test(world);
  });
}

describe('facts of the frontend', function () {
  this.timeout(240_000);

  it('builds of a chroot that was deactivated wait, are not reported, and are built when it is active again', async () => {
    const { client } = await temporal();
    const chroot = 'old-1-x86_64';
    const tasks = [0, 1, 2].map((n) => givenTask({ taskId: `${UNIQUE + n}-${chroot}`, chroot }));
    const reported: string[] = [];
    let asked = 0;
    const frontend: Partial<Frontend> = {
      pendingBuilds: () => Promise.resolve(tasks.filter(({ taskId }) => !reported.includes(taskId))),
      // The administrator activates it again when one build has found no record.
      buildTask: (taskId) => Promise.resolve((asked += 1) === 1 ? null : givenBuildTask({ taskId, chroot })),
      reportBuild: ({ taskId, status }) => {
        if (status !== 'running') reported.push(`${taskId}${status === 'succeeded' ? '' : ' failed'}`);
        return Promise.resolve();
      },
    };
    const activities = { ...published(client), acquireBuilder: () => Promise.resolve(BUILDER) };
    await withBuilds({ frontend, limit: 1, activities }, async ({ rig, handle }) => {
      await rig.until('all are reported', () => reported.length === tasks.length, 120_000);
      assert.deepEqual(
        [...reported].sort(),
        tasks.map(({ taskId }) => taskId),
      );
      await rig.until('their slots are free', async () => (await handle().query(admissionQuery)).running === 0);
    });
  });

  it('a source whose report the frontend has swallowed is reported again, and built once', async () => {
    const root = await givenDirectory();
    let service: RunningService | undefined;
    try {
      const spec = join(root.path, 'hello.spec');
      await writeFile(spec, 'Name: hello\n');
      // Its next build has the number after that of the last one that was removed.
      await mkdir(join(root.path, 'frontend', 'builds'), { recursive: true });
      await writeFile(join(root.path, 'frontend', 'builds', `${UNIQUE + 9}.removed`), '');
      service = await startFrontend({
        ...{ port: 0, stateDir: join(root.path, 'frontend'), resultsUrl: 'http://127.0.0.1:9', password: 'secret' },
      });
      const { url } = service;
      const number = await submitFiles(url, [spec], { chroots: ['custom-1-x86_64'], swallows: 1 });
      const frontend = createFrontendHttp({ baseUrl: url, password: 'secret' });
      await mkdir(join(root.path, 'results'));
      const tree = createResultTree({ destdir: join(root.path, 'results') });
      const built: string[] = [];
      const activities: Partial<Activities> = {
        acquireBuilder: () => Promise.resolve(BUILDER),
        deliverResults: async ({ facts }) => {
          built.push(facts.taskId);
          const results = { name: 'hello', epoch: null, version: '1', release: '1' };
          await writeFile(join(buildPath(join(root.path, 'results'), facts), 'results.json'), JSON.stringify(results));
          await writeFile(join(buildPath(join(root.path, 'results'), facts), 'hello-1-1.src.rpm'), '');
        },
      };
      await withBuilds({ frontend, tree, limit: 5, activities }, async ({ rig, handle }) => {
        const ended = async (): Promise<number> => (await handle().query(admissionQuery)).ended;
        await rig.until('the run that reports again is over', async () => (await ended()) >= 2, 60_000);
        const { json } = await call(`${url}/backend/get-srpm-build-task/${number}/`);
        assert.equal((json as { package_name: string | null }).package_name, 'hello');
        assert.deepEqual(built, [String(number)]);
        assert.deepEqual(await frontend.pendingBuilds(), []);
      });
    } finally {
      await service?.close();
      await root.remove();
    }
  });
});
