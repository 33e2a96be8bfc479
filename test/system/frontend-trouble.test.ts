import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FrontendTrouble, QueuePage } from '../../src/contracts/dispatch/queue.js';
import type { Verdict } from '../../src/cli/doctor/check.js';
import { type FaultyProxy, startFaultyProxy } from '../support/faulty-proxy.js';
import { Installation } from '../support/installation.js';

const SPEC = fileURLToPath(new URL('../../examples/hello-copr/hello-copr.spec', import.meta.url));
const CHROOT = `custom-1-${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}`;

type QueueJson = {
  readonly waiting: QueuePage | null;
  readonly silence: string | null;
  readonly trouble: readonly FrontendTrouble[];
};

/** Real processes; the playground's frontend, reached through a proxy that can be taken away. */
describe('a frontend that does not answer as it should', function () {
  this.timeout(300_000);
  let installation: Installation;
  let proxy: FaultyProxy;
  let base: string;

  before(async () => {
    installation = await Installation.create();
    await installation.start('--no-examples', '--builders', '1');
    proxy = await startFaultyProxy(installation.url('frontendUrl'));
    await installation.reconfigure({ frontend_base_url: proxy.url, sleeptime: '1' });
    const listen = /^http_listen=(.*)$/m.exec(await readFile(join(installation.data, 'copr-be.conf'), 'utf8'))?.[1];
    base = `http://${listen ?? ''}`;
    await installation.until('the queue is known', async () => (await queueStatus()) === 200);
  });
  after(async () => {
    await installation.remove();
    await proxy.stop();
  });

  it('is no word anywhere while it does', async () => {
    await installation.until('it is ready', async () => (await fetch(`${base}/readyz`)).status === 200);
    assert.deepEqual((await readyz()).warnings, []);
    assert.deepEqual((await queueJson()).trouble, []);
    assert.doesNotMatch((await queueText()).join('\n'), /frontend cannot/);
    await installation.until('the metric says so', async () => (await failingSeconds('builds')) === 0);
  });

  it('is down: the queue, its JSON, /readyz and the metrics say so, since when, why, and what to do', async () => {
    const before = new Date().toISOString();
    await proxy.vanish();
    await installation.until('builds, actions and cancels are in trouble', async () => {
      const { trouble } = await queueJson();
      return ['builds', 'actions', 'cancels'].every((of) => trouble.some((one) => one.of === of));
    });
    const { trouble, waiting, silence } = await queueJson();
    const builds = trouble.find(({ of }) => of === 'builds');
    assert.equal(builds?.code, 'FrontendUnavailable');
    assert.match(builds.message, /pending-jobs.*ECONNREFUSED/);
    assert.ok((builds.since ?? '') > before, `${builds.since ?? 'null'} is later than ${before}`);
    assert.match(builds.advice, /frontend_base_url/);
    assert.equal(silence, null, 'the list of before is still shown');
    assert.ok((waiting?.polledAt ?? '') < (builds.since ?? ''), 'it is said to be older than the trouble');

    const text = (await queueText()).join('\n');
    assert.match(
      text,
      /^DOWN: the frontend since \S+ \(.*\): (no running task waits|\d+ tasks? waits?) for it: FrontendUnavailable: /,
    );
    assert.match(
      text,
      /the frontend cannot be asked for builds since \S+.*: FrontendUnavailable: .*ECONNREFUSED.*\n +what to do: see that the frontend runs/,
    );
    assert.match(text, /waiting: 0 builds, as of \S+ \(.* ago: no newer list was to be had\)/);

    const { ready, warnings } = await readyz();
    assert.equal(ready, true, 'a restart of the poller would not help');
    assert.match(
      warnings.join('\n'),
      /cannot be asked for builds since[\s\S]*cannot be asked for cancel requests since/,
    );
    await installation.until('the metric counts', async () => (await failingSeconds('builds')) > 0);
  });

  it('is back: not a word any more', async () => {
    await proxy.comeBack();
    await installation.until('the queue is well', async () => (await queueJson()).trouble.length === 0);
    assert.deepEqual((await readyz()).warnings, []);
    assert.equal(await failingSeconds('builds'), 0);
  });

  it('refuses everything (401): the refusal stands there, and goes when it does', async () => {
    const refusal = { json: { msg: 'You have to provide the correct password' }, status: 401 };
    const routes = ['pending-jobs', 'pending-actions'];
    for (const route of routes) proxy.always(route, refusal);
    await installation.until('the refusal is seen', async () =>
      (await queueText()).some((line) => /cannot be asked for builds since .*FrontendRefused: .*HTTP 401/.test(line)),
    );
    assert.match((await readyz()).warnings.join('\n'), /HTTP 401.*; compare frontend_auth/);
    for (const route of routes) proxy.heal(route);
    await installation.until('it is well again', async () => (await queueJson()).trouble.length === 0);
  });

  it('refuses the password: lists come without one, so it is what is told it that says so', async () => {
    const right = /^frontend_auth=(.*)$/m.exec(await readFile(join(installation.data, 'copr-be.conf'), 'utf8'))?.[1];
    await installation.reconfigure({ frontend_auth: 'wrong' });
    const id = await installation.submit(SPEC, 'tester/password');
    await installation.until('the refusal is seen', async () =>
      (await queueText()).some((line) => /takes no reports since .*FrontendRefused: POST .*HTTP 401/.test(line)),
    );
    assert.match((await readyz()).warnings.join('\n'), /takes no reports.*; compare frontend_auth/);
    await installation.until('the first line counts the build that waits', async () =>
      /^DOWN: the frontend since \S+ \(.*\): [12] tasks? waits? for it: FrontendRefused: /.test(
        (await queueText())[0] ?? '',
      ),
    );
    const status = await installation.cli('status');
    assert.match(status.stdout, /^DOWN: the frontend since \S+ \(.*\): [12] tasks? waits? for it: FrontendRefused: /);
    const doctor = await installation.cli('doctor', '--json');
    assert.equal(doctor.code, 1, doctor.stderr);
    const { verdicts } = JSON.parse(doctor.stdout) as { readonly verdicts: readonly Verdict[] };
    const bad = verdicts.filter(({ state }) => state === 'failed').map(({ about }) => about);
    assert.deepEqual(bad, ['frontend_auth'], 'everything else of this installation is well');
    await installation.reconfigure({ frontend_auth: right ?? '' });
    await installation.until('the build is over', async () => (await installation.build(id)).over);
    assert.equal((await installation.build(id)).chrootStates[CHROOT], 'succeeded');
    await installation.until('it is well again', async () => (await queueJson()).trouble.length === 0);
    assert.deepEqual((await readyz()).warnings, []);
  });

  async function queueStatus(): Promise<number> {
    return fetch(`${base}/queue`).then(
      ({ status }) => status,
      () => 0,
    );
  }

  async function queueJson(): Promise<QueueJson> {
    const { code, stdout, stderr } = await installation.cli('queue', '--json');
    assert.equal(code, 0, stderr);
    return JSON.parse(stdout) as QueueJson;
  }

  async function queueText(): Promise<readonly string[]> {
    const { code, stdout, stderr } = await installation.cli('queue');
    assert.equal(code, 0, stderr);
    return stdout.split('\n');
  }

  async function readyz(): Promise<{ readonly ready: boolean; readonly warnings: readonly string[] }> {
    return (await (await fetch(`${base}/readyz`)).json()) as { ready: boolean; warnings: string[] };
  }

  async function failingSeconds(of: string): Promise<number> {
    const text = await (await fetch(`${base}/metrics`)).text();
    return Number(new RegExp(`^copr_frontend_failing_seconds\\{of="${of}"\\} (\\S+)$`, 'm').exec(text)?.[1]);
  }
});
