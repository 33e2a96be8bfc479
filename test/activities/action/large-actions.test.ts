import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createActionActivities } from '../../../src/activities/action/actions.js';
import { createFrontendHttp } from '../../../src/adapters/frontend-http/frontend.js';
import { createActionWork } from '../../../src/adapters/plan-files/action-work.js';
import { createPlanFiles } from '../../../src/adapters/plan-files/plan-files.js';
import { runCommand } from '../../../src/adapters/process/run-command.js';
import { createProjectTree } from '../../../src/adapters/project-tree/project-tree.js';
import type { ActionPlan, WorkList } from '../../../src/contracts/action/action.js';
import type { ActionWork } from '../../../src/ports/action/action-work.js';
import { answerJson, type FrontendServer, startFrontendServer } from '../../adapters/frontend-http/frontend-server.js';
import { activityContext } from '../../support/activity.js';
import { fakePorts } from '../../support/fake-ports.js';
import { givenDirectory } from '../../support/given-directory.js';
import { fixture } from '../../support/worker-process.js';

const CHROOTS = Array.from({ length: 12 }, (_, index) => `fedora-${index + 33}-x86_64`);
/** As long as the frontend lets a package's name be. */
const LONG = 'x'.repeat(100);
const OWN = { ownername: 'jdoe', projectname: 'hello', appstream: false, devel: false };

function builds(count: number, name: string): string[] {
  return Array.from({ length: count }, (_, index) => `${String(10_000_000 + index)}-${name}`);
}

describe('actions of large projects', function () {
  this.timeout(120_000);
  let server: FrontendServer;
  let root: Awaited<ReturnType<typeof givenDirectory>>;
  let work: ActionWork;

  before(async () => {
    server = await startFrontendServer();
  });
  after(() => server.stop());
  beforeEach(async () => {
    root = await givenDirectory();
    work = createActionWork({ destdir: root.path });
  });
  afterEach(() => root.remove());

  /** The plan that the workflow gets of such an action. */
  async function plan(type: number, data: unknown, more: object = {}): Promise<ActionPlan> {
    server.answer = answerJson({ id: 5, action_type: type, object_type: 'copr', data: JSON.stringify(data), ...more });
    const frontend = createFrontendHttp({ baseUrl: server.url, password: 'p', log: { warn: () => undefined } });
    const plans = createPlanFiles({ destdir: root.path });
    const projects = createProjectTree({ destdir: root.path });
    const ports = fakePorts({ frontend, work, plans, projects });
    const { beginAction } = createActionActivities(ports.deps);
    const planned = await activityContext().run<[{ readonly actionId: number }], ActionPlan, typeof beginAction>(
      beginAction,
      {
        actionId: 5,
      },
    );
    assert.ok(planned.type !== 'refused', JSON.stringify(planned));
    const bytes = JSON.stringify(planned).length;
    assert.ok(bytes < 64 * 1024, `${bytes} bytes go into the history`);
    return planned;
  }

  async function lengthOf(list: WorkList<unknown>): Promise<number> {
    return (await work.read(list)).length;
  }

  it('delete 3,000 builds in 12 chroots, with logs of old times', async () => {
    const names = builds(3000, 'a-package-of-some-length');
    const chroots = Object.fromEntries(['srpm-builds', ...CHROOTS].map((chroot) => [chroot, names]));
    for (const chroot of ['srpm-builds', ...CHROOTS])
      await mkdir(path.join(root.path, 'jdoe', 'hello', chroot), { recursive: true });
    await writeFile(path.join(root.path, 'jdoe', 'hello', CHROOTS[3] ?? '', 'build-10000007.log'), '');
    const ids = names.map((name) => Number(name.slice(0, 8)));
    const data = { ...OWN, project_dirnames: { hello: chroots }, build_ids: ids };
    const planned = await plan(0, data, { object_type: 'builds' });
    assert.ok(planned.type === 'deleteBuilds');
    assert.equal(await lengthOf(planned.requests), 12);
    assert.deepEqual(await work.read(planned.loose.paths), [`hello/${CHROOTS[3] ?? ''}/build-10000007.log`]);
  });

  it('delete all builds of a project of 100,000', async () => {
    await mkdir(path.join(root.path, 'jdoe', 'hello', 'fedora-44-x86_64'), { recursive: true });
    const names = builds(100_000, LONG);
    const project_dirnames = { hello: { 'fedora-44-x86_64': names } };
    const data = { ...OWN, project_dirnames, build_ids: names.map((name) => Number(name.slice(0, 8))) };
    const planned = await plan(0, data, { object_type: 'builds' });
    assert.ok(planned.type === 'deleteBuilds');
    assert.equal(await lengthOf(planned.requests), 1);
  });

  it('delete 100,000 builds of 12 chroots in 128 MiB, whatever logs they may have had', async () => {
    const chroot = CHROOTS[11] ?? '';
    await mkdir(path.join(root.path, 'jdoe', 'hello', chroot), { recursive: true });
    await writeFile(path.join(root.path, 'jdoe', 'hello', chroot, 'build-10099999.rsync.log'), '');
    const args = ['--max-old-space-size=128', ...fixture('plan-large-delete.ts'), root.path];
    const { code, stdout, summary } = await runCommand(process.execPath, args, { timeoutMs: 60_000 });
    assert.equal(code, 0, summary);
    assert.deepEqual(JSON.parse(stdout), [`hello/${chroot}/build-10099999.rsync.log`]);
  });

  it('fork 100,000 builds with the longest names', async () => {
    const map = Object.fromEntries(builds(100_000, LONG).map((name) => [name, name.replace('1', '2')]));
    const data = { user: 'alice', copr: 'mine', builds_map: { 'fedora-44-x86_64': map } };
    const planned = await plan(7, data, { old_value: 'jdoe/hello', new_value: 'alice/mine' });
    assert.ok(planned.type === 'fork');
    assert.equal(await lengthOf(planned.builds), 100_000);
  });

  it('branch 100,000 builds', async () => {
    const chroots = { rawhide_chroot: 'fedora-rawhide-x86_64', dest_chroot: 'fedora-45-x86_64' };
    const data = { ...OWN, copr_dir: 'hello', ...chroots, builds: builds(100_000, LONG) };
    const planned = await plan(6, data, { object_type: 'None' });
    assert.ok(planned.type === 'rawhideToRelease');
    assert.equal(await lengthOf(planned.builds), 100_000);
  });

  it('make the metadata of 421 directories in 12 chroots', async () => {
    const project_dirnames = ['hello', ...Array.from({ length: 420 }, (_, index) => `hello:pr:${index}`)];
    const planned = await plan(3, { ...OWN, project_dirnames, chroots: CHROOTS }, { object_type: 'repository' });
    assert.ok(planned.type === 'createrepo');
    assert.equal(await lengthOf(planned.requests), 421 * 12);
  });
});
