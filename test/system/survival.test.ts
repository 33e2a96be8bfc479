import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { fileURLToPath } from 'node:url';
import { Installation, slowPackage } from '../support/installation.js';

const CHROOT = `custom-1-${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}`;
const EXAMPLES = fileURLToPath(new URL('../../examples/', import.meta.url));

/** Real processes, killed while a real build runs on a builder. */
describe('a build survives', function () {
  this.timeout(300_000);
  let installation: Installation;

  before(async () => {
    installation = await Installation.create();
    await installation.start('--no-examples', '--builders', '2');
  });
  after(async () => {
    await installation.remove();
    assert.equal(installation.output.includes('rror:'), false, installation.output);
  });

  it('kill -9 of its worker', async () => {
    await interrupted('worker-killed', async (task) => {
      await installation.killAndAwaitRestart('worker', 'SIGKILL');
      await goesOnAsIfNothingWas(task);
    });
  });

  it('SIGTERM of its worker', async () => {
    await interrupted('worker-stopped', async (task) => {
      await installation.killAndAwaitRestart('worker', 'SIGTERM');
      await goesOnAsIfNothingWas(task);
    });
  });

  it('kill -9 of the Temporal server', async () => {
    await interrupted('temporal-killed', () => installation.killAndAwaitRestart('temporal', 'SIGKILL'));
  });

  it("the death of its builder's ssh server: another builder takes over", async () => {
    const slow = await slowPackage();
    try {
      const { id, task } = await building(slow.spec, 'builder-killed');
      const { ticket } = await installation.status(task);
      const builder = installation.builders().find((candidate) => candidate.ticket === ticket);
      assert.ok(builder !== undefined, `a builder has ticket ${String(ticket)}`);
      process.kill(builder.pid, 'SIGKILL');
      await installation.until('another builder builds', () => installation.starts(task) === 2);
      await slow.letGo();
      await succeeded(id, task);
      const { ticket: second, attempt } = await installation.status(task);
      assert.equal(attempt, 2);
      assert.notEqual(second, ticket);
      assertNoOpenTicket();
    } finally {
      await slow.remove();
    }
  });

  it('nothing, when it is canceled while it builds', async () => {
    const slow = await slowPackage();
    try {
      const { id, task } = await building(slow.spec, 'canceled-building');
      assert.equal((await installation.cli('playground', 'cancel', String(id), '--data', installation.data)).code, 0);
      await installation.until('it is over', async () => (await installation.build(id)).over);
      await ended(task, 'canceled');
      assert.equal((await installation.build(id)).chrootStates[CHROOT], 'canceled');
      assertNoOpenTicket();
    } finally {
      await slow.remove();
    }
  });

  it('nothing, when it is canceled while it waits for a builder', async () => {
    const occupants = [await slowPackage(), await slowPackage()];
    const slow = await slowPackage();
    try {
      const busy = [];
      for (const { spec } of occupants) busy.push(await building(spec, `occupant-${busy.length}`));
      const id = await installation.submit(slow.spec, 'tester/canceled-waiting');
      await installation.until('it waits', async () => {
        const { code, stdout } = await installation.cli('status', String(id), '--json');
        if (code !== 0) return false;
        const { ticket, stage } = JSON.parse(stdout) as { ticket: number | null; stage: string };
        return stage === 'waitingForBuilder' && ticket !== null;
      });
      assert.equal((await installation.cli('cancel', String(id), '--reason', 'not needed any more')).code, 0);
      await ended(String(id), 'canceled');
      assert.match((await installation.cli('status', String(id))).stdout, /not needed any more/);
      const open = installation.tickets().filter(({ state }) => state !== 'closed');
      assert.equal(open.length, 2, 'only the two that build have tickets');
      for (const { letGo } of occupants) await letGo();
      for (const { id: other, task } of busy) await succeeded(other, task);
      assertNoOpenTicket();
    } finally {
      for (const { remove } of [...occupants, slow]) await remove();
    }
  });

  it('not its own mistakes, but says which one it was', async () => {
    const id = await installation.submit(join(EXAMPLES, 'broken/broken.spec'), 'tester/broken');
    await installation.until('it is over', async () => (await installation.build(id)).over);
    const task = `${id}-${CHROOT}`;
    const { code, stdout } = await installation.cli('status', task);
    assert.equal(code, 0);
    assert.match(stdout, /PackageFailed.*examples\/broken fails on purpose/);
    const log = gunzipSync(await readFile(join(await resultDirectory(id, task), 'backend.log.gz'))).toString();
    assert.equal(log.split('\n').filter((line) => /PackageFailed.*fails on purpose/.test(line)).length, 1, log);
  });

  /** Interrupts a build while it runs; it must go on as if nothing had happened. */
  async function interrupted(name: string, interrupt: (task: string) => Promise<void>): Promise<void> {
    const slow = await slowPackage();
    try {
      const { id, task } = await building(slow.spec, name);
      await interrupt(task);
      await slow.letGo();
      await succeeded(id, task);
      assert.equal(installation.starts(task), 1, 'copr-rpmbuild ran once');
      const live = gunzipSync(await readFile(join(await resultDirectory(id, task), 'builder-live.log.gz')));
      const theirs = await readFile(join(installation.data, 'playground/pool/logs', `${task}.log`));
      assert.equal(live.toString(), theirs.toString(), "the live log is the builder's log");
      assertNoOpenTicket();
    } finally {
      await slow.remove();
    }
  }

  /** The next worker follows the build, and nobody is told that it waits for anything. */
  async function goesOnAsIfNothingWas(task: string): Promise<void> {
    type Pending = { readonly activity: string; readonly attempt: number; readonly state: string };
    await installation.until('the next attempt follows', async () => {
      const { code, stdout } = await installation.cli('status', task, '--json');
      if (code !== 0) return false;
      const { pending } = JSON.parse(stdout) as { readonly pending: readonly Pending[] };
      return pending.some(
        ({ activity, attempt, state }) => activity === 'followBuild' && attempt > 1 && state === 'running',
      );
    });
    const one = (await installation.cli('status', task)).stdout;
    assert.match(one, /building on 127\.0\.0\.1/);
    assert.match(one, /went on after its worker ended/);
    const all = (await installation.cli('status')).stdout.split('\n').find((line) => line.startsWith(task)) ?? '';
    for (const text of [one, all]) assert.doesNotMatch(text, /waiting for|Detached/);
  }

  /** Submits a package and waits until its RPM build prints lines that arrive here. */
  async function building(spec: string, project: string): Promise<{ readonly id: number; readonly task: string }> {
    const id = await installation.submit(spec, `tester/${project}`);
    const task = `${id}-${CHROOT}`;
    await installation.until(`${task} builds`, async () => {
      const log = join(await resultDirectory(id, task), 'builder-live.log');
      return existsSync(log) && (await readFile(log, 'utf8')).includes('line 5 of the slow build');
    });
    return { id, task };
  }

  async function resultDirectory(id: number, task: string): Promise<string> {
    const view = await installation.build(id);
    const { resultDir } = view.chroots.find(({ name }) => `${id}-${name}` === task) ?? {};
    const { owner, project } = view as unknown as { owner: string; project: string };
    return join(installation.results, owner, project, CHROOT, resultDir ?? 'not-there-yet');
  }

  async function succeeded(id: number, task: string): Promise<void> {
    await installation.until(`build ${id} is over`, async () => (await installation.build(id)).over, 180);
    const view = await installation.build(id);
    assert.equal(view.chrootStates[CHROOT], 'succeeded');
    assert.equal(view.tasks[task]?.terminalReports, 1, 'one terminal report');
    await ended(task, 'succeeded');
  }

  async function ended(task: string, result: string): Promise<void> {
    await installation.until(`${task} ends`, async () => (await installation.status(task))['stage'] === 'ended');
    const { outcome } = (await installation.status(task)) as { outcome: { result: string } | null };
    assert.equal(outcome?.result, result);
  }

  function assertNoOpenTicket(): void {
    assert.deepEqual(
      installation.tickets().filter(({ state }) => state !== 'closed'),
      [],
    );
  }
});
