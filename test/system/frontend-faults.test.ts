import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Fault, type FaultyProxy, startFaultyProxy } from '../support/faulty-proxy.js';
import { Installation, slowPackage } from '../support/installation.js';

const CHROOT = `custom-1-${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}`;
const SPEC = fileURLToPath(new URL('../../examples/hello-copr/hello-copr.spec', import.meta.url));
const OUTAGE_MS = 60_000;
const KINDS = ['500', 'html', 'truncated', 'resetBefore', 'resetAfter'] as const;

/** Real processes behind a frontend that fails in every way, at every call. */
describe('a frontend that', function () {
  this.timeout(400_000);
  let installation: Installation;
  let proxy: FaultyProxy;

  before(async () => {
    installation = await Installation.create();
    await installation.start('--no-examples', '--builders', '4');
    proxy = await startFaultyProxy(installation.url('frontendUrl'));
    await workThrough(proxy.url);
  });
  after(async () => {
    await installation.remove();
    await proxy.stop();
  });

  it('fails while a build is canceled has its requests confirmed in the end, and the build reported once', async () => {
    const slow = await slowPackage();
    try {
      const id = await installation.submit(slow.spec, 'tester/slow');
      await installation.until('it builds', () => isBuilding(id));
      proxy.fail('build-tasks/cancel-requests', '500', 'truncated', 'resetBefore');
      proxy.fail(`build-tasks/canceled/${id}`, '500', 'resetAfter');
      proxy.fail(`build-tasks/canceled/${id}-${CHROOT}`, 'html', 'truncated');
      proxy.fail(`update/${id}-${CHROOT}/0`, 'resetBefore');
      assert.equal((await installation.cli('playground', 'cancel', String(id), '--data', installation.data)).code, 0);
      await installation.until('every fault was met', () => proxy.unspent().length === 0);
      await installation.until(
        'the frontend asks for nothing',
        async () => (await listed('build-tasks/cancel-requests')) === 0,
      );
      await installation.until('its ticket is closed', () =>
        installation.tickets().every(({ state }) => state === 'closed'),
      );
      // The report and the ticket's end go side by side; the workflow ends after both.
      const task = `${id}-${CHROOT}`;
      await installation.until(
        'its workflow ended',
        async () => (await installation.status(task))['stage'] === 'ended',
      );
      const { state, tasks } = await installation.build(id);
      assert.equal(state, 'canceled');
      assert.equal(tasks[`${id}-${CHROOT}`]?.terminalReports, 1);
    } finally {
      await slow.remove();
    }
  });

  it('is gone for a minute, then fails every call once in every way, loses and doubles nothing', async () => {
    proxy.fail('action', ...KINDS);
    proxy.fail('update/action', ...KINDS);
    const slow = await slowPackage();
    try {
      const first = await installation.submit(slow.spec, 'tester/slow');
      await installation.until('it builds', () => isBuilding(first));
      await installation.until('all actions are reported', async () => (await waitingActions()) === 0);
      await proxy.vanish();
      const gone = Date.now();
      await slow.letGo();
      const builds = await submitted(KINDS.length + 4);
      const [hangs, unlisted, deleted, refused] = builds.slice(KINDS.length) as [number, number, number, number];
      await installation.until('a minute has passed', () => Date.now() - gone > OUTAGE_MS);

      for (const [index, kind] of KINDS.entries()) failOnce(builds[index] ?? 0, kind);
      proxy.fail(`update/${first}-${CHROOT}/1`, 'resetAfter');
      proxy.fail(`update/${hangs}-${CHROOT}/1`, 'hang');
      proxy.always(`get-srpm-build-task/${unlisted}`, { json: null });
      proxy.always(`get-build-task/${deleted}-${CHROOT}`, {
        json: { msg: 'Specified task ID not found' },
        status: 404,
      });
      proxy.always(`starting_build/${refused}`, { json: { can_start: false } });
      await proxy.comeBack();

      await installation.until('the first RPM build starts', () => KINDS.some((_, i) => startsOf(builds[i] ?? 0) > 0));
      proxy.fail('pending-jobs', ...KINDS);
      proxy.fail('pending-actions', 'hang', ...KINDS);
      const ending = [first, hangs, ...builds.slice(0, KINDS.length), refused];
      for (const id of ending) await installation.until(`build ${id} is over`, () => isOver(id), 240);

      for (const id of [first, hangs, ...builds.slice(0, KINDS.length)]) await assertSucceededOnce(id);
      await assertWaits(unlisted, String(unlisted), `get-srpm-build-task/${unlisted}`);
      await assertWaits(deleted, `${deleted}-${CHROOT}`, `get-build-task/${deleted}-${CHROOT}`);
      await assertFailedOnce(refused, String(refused), `starting_build/${refused}`);
      await installation.until('every fault was met', () => proxy.unspent().length === 0);
    } finally {
      await slow.remove();
    }
  });

  /** Leads the worker, and with it the builders, through the proxy. */
  async function workThrough(url: string): Promise<void> {
    await installation.reconfigure({ frontend_base_url: url });
    await installation.until('the worker asks the proxy', () => proxy.count('pending-jobs') > 0);
  }

  async function submitted(count: number): Promise<readonly number[]> {
    const all = Array.from({ length: count }, () => installation.submit(SPEC, 'tester/faults'));
    return Promise.all(all);
  }

  /** Each call about a build goes wrong once, the builder's own ones too. */
  function failOnce(id: number, fault: Fault): void {
    for (const [task, route] of [
      [String(id), 'get-srpm-build-task'],
      [`${id}-${CHROOT}`, 'get-build-task'],
    ] as const) {
      for (const call of [`${route}/${task}`, `builder ${route}/${task}`, `starting_build/${task}`])
        proxy.fail(call, fault);
      for (const status of [3, 1]) proxy.fail(`update/${task}/${status}`, fault);
    }
  }

  async function assertSucceededOnce(id: number): Promise<void> {
    const { chrootStates, tasks } = await installation.build(id);
    assert.equal(chrootStates[CHROOT], 'succeeded', `build ${id}`);
    for (const task of [String(id), `${id}-${CHROOT}`]) {
      assert.equal(tasks[task]?.terminalReports, 1, `terminal reports of ${task}`);
      assert.equal(installation.starts(task), 1, `starts of ${task}`);
    }
  }

  /** Reported once, and not tried again by later polls. */
  async function assertFailedOnce(id: number, task: string, asked: string): Promise<void> {
    const polls = proxy.count('pending-jobs');
    await installation.until('the frontend was polled again', () => proxy.count('pending-jobs') > polls + 2);
    const { chrootStates, tasks } = await installation.build(id);
    assert.equal(chrootStates[CHROOT], 'failed', `build ${id}`);
    assert.equal(tasks[task]?.terminalReports, 1, `terminal reports of ${task}`);
    assert.equal(installation.starts(task), 0);
    assert.equal(proxy.count(asked), 1, asked);
  }

  /** Without a record nothing is reported and nothing is started, however often the frontend lists the task. */
  async function assertWaits(id: number, task: string, asked: string): Promise<void> {
    await installation.until(`${task} was asked for`, () => proxy.count(asked) > 0);
    const polls = proxy.count('pending-jobs');
    await installation.until('the frontend was polled again', () => proxy.count('pending-jobs') > polls + 2);
    const { tasks } = await installation.build(id);
    assert.equal(tasks[task]?.terminalReports ?? 0, 0, `terminal reports of ${task}`);
    assert.equal(installation.starts(task), 0);
  }

  async function isOver(id: number): Promise<boolean> {
    return (await installation.build(id)).over;
  }

  function startsOf(id: number): number {
    return installation.starts(`${id}-${CHROOT}`);
  }

  async function isBuilding(id: number): Promise<boolean> {
    const view = await installation.build(id);
    const { resultDir } = view.chroots.find(({ name }) => name === CHROOT) ?? {};
    const { owner, project } = view as unknown as { owner: string; project: string };
    const log = join(installation.results, owner, project, CHROOT, resultDir ?? 'not-there-yet', 'builder-live.log');
    return existsSync(log) && (await readFile(log, 'utf8')).includes('line 5 of the slow build');
  }

  const waitingActions = (): Promise<number> => listed('pending-actions');

  /** How many items a list of the frontend itself has. */
  async function listed(path: string): Promise<number> {
    const answer = await fetch(`${installation.url('frontendUrl')}/backend/${path}/`);
    return ((await answer.json()) as unknown[]).length;
  }
});
