import assert from 'node:assert/strict';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { allCheckers, type CheckerPorts } from '../../../src/activities/maintenance/reconcile/all-checkers.js';
import { createFrontendHttp } from '../../../src/adapters/frontend-http/frontend.js';
import { createShownKeys } from '../../../src/adapters/gpg/shown-keys.js';
import { createPrunableTree } from '../../../src/adapters/repository-store/survey/prunable-tree.js';
import { createRepositorySurvey } from '../../../src/adapters/repository-store/survey/repository-survey.js';
import { createResalloc, type Resalloc } from '../../../src/adapters/resalloc-xmlrpc/builder-pool.js';
import { createOpenTickets } from '../../../src/adapters/resalloc-xmlrpc/open-tickets.js';
import { runCommand } from '../../../src/adapters/process/run-command.js';
import { createResultTree } from '../../../src/adapters/result-tree/result-tree.js';
import type { CheckName, Finding } from '../../../src/domain/maintenance/reconciliation.js';
import type { OpenBuild } from '../../../src/ports/maintenance/reconciliation.js';
import { startPool, type RunningPool } from '../../../playground/pool/server.js';
import { answerJson, startFrontendServer, type FrontendServer } from '../../adapters/frontend-http/frontend-server.js';
import { givenDirectory } from '../../support/given-directory.js';
import { givenRepository, REPOSITORY, type GivenRepository } from '../../support/given-repository.js';
import { givenView } from '../../support/fake-ports.js';

const BUILD: OpenBuild = { taskId: '7-fedora-42-x86_64', workflowId: 'build/7-fedora-42-x86_64', runId: 'r' };
const { owner, chroot } = REPOSITORY;
const NAME = `${owner}/project`;

/** A tree with real packages, a real Resalloc's stand-in, and a frontend over HTTP; only Temporal is played. */
describe('each check of the reconciler', function () {
  this.timeout(120_000);
  let given: GivenRepository;
  let state: Awaited<ReturnType<typeof givenDirectory>>;
  let frontend: FrontendServer;
  let pool: RunningPool;
  let resalloc: Resalloc;
  let keys: ReturnType<typeof createShownKeys>;
  let remade: unknown[];
  let canceled: string[];
  /** The answers of the frontend and of Temporal. */
  let world: {
    listed: string[];
    enabled: string[] | null;
    develMode: boolean;
    storage: string;
    open: OpenBuild[];
    stage: string | null;
    used: number[];
    silent: string[];
    times: number;
  };
  let ports: CheckerPorts;

  beforeEach(async () => {
    [given, state] = [await givenRepository(), await givenDirectory()];
    [remade, canceled] = [[], []];
    await given.build('00000007-hello');
    await given.publish({ full: true });
    // The main directory of the project, and one of its others.
    await cp(path.dirname(given.chroot), path.join(given.root, NAME), { recursive: true });
    frontend = await startFrontendServer();
    pool = await startPool({ port: 0, stateDir: state.path, builders: 0, builderPortBase: 0, authorizedKeys: '' });
    resalloc = createResalloc({ url: pool.url });
    const used = await resalloc.take({ tags: ['arch_x86_64'], sandbox: null });
    world = {
      ...{ listed: [BUILD.taskId], enabled: [chroot], open: [BUILD], stage: 'building' },
      ...{ develMode: false, storage: 'backend' },
      ...{ used: [used], silent: [], times: 1 },
    };
    frontend.answer = (request, response) => {
      const url = request.url ?? '';
      const items = world.listed.map((id) => ({ task_id: id, build_id: 7, project_owner: owner, chroot }));
      if (url.includes('/pending-jobs')) answerJson(items)(request, response);
      else if (world.enabled === null)
        response.writeHead(404, { 'content-type': 'application/json' }).end('{"error": "none"}');
      else {
        const repos = Object.fromEntries(world.enabled.map((name) => [name, 'http://x/']));
        const { develMode, storage } = world;
        answerJson({ devel_mode: develMode, storage, chroot_repos: repos })(request, response);
      }
    };
    keys = createShownKeys({ destdir: given.root, home: path.join(state.path, 'gnupg') });
    await showKey('1y');
    const tree = { destdir: given.root, resultsBaseurl: 'http://results.example/results/' };
    const { projectContents } = createResultTree({
      ...{ destdir: given.root, logMaxBytes: 1000 },
      log: { warn: () => undefined },
    });
    ports = {
      resalloc: createOpenTickets({ resalloc, lookBack: 10, noted: () => Promise.resolve([]) }),
      use: {
        look: () => Promise.resolve({ used: new Set(world.used), silent: world.silent, taking: [] }),
        neededOf: () => Promise.resolve(new Set()),
      },
      pool: resalloc,
      frontend: createFrontendHttp({ baseUrl: frontend.url, password: 'x' }),
      builds: {
        list: () => Promise.resolve(world.open),
        stageOf: () => Promise.resolve(world.stage),
        cancel: ({ taskId, runId }, reason) => {
          canceled.push(`${taskId} ${runId}: ${reason}`);
          return Promise.resolve();
        },
      },
      messages: {
        dispatchView: () => {
          const tombstone = { taskId: BUILD.taskId, at: '2026-11-29T12:00:00Z', end: 1, times: world.times };
          return Promise.resolve(givenView({ tombstones: [tombstone] }));
        },
      },
      tree: createPrunableTree({ destdir: given.root }),
      contents: projectContents,
      survey: createRepositorySurvey(tree),
      owners: {
        remake: (repository, of) => {
          remade.push({ ...repository, devel: of.devel });
          return Promise.resolve();
        },
      },
      keys,
      ...{ now: Date.now, pauseMs: 1 },
    };
  });

  afterEach(async () => {
    await keys.close();
    await pool.close();
    await frontend.stop();
    await state.remove();
    await given.remove();
  });

  async function showKey(expires: string): Promise<void> {
    const home = path.join(state.path, 'maker');
    await mkdir(home, { recursive: true, mode: 0o700 });
    const gpg = async (...args: readonly string[]): Promise<string> => {
      const all = ['--homedir', home, '--batch', '--pinentry-mode', 'loopback', '--passphrase', '', ...args];
      return (await runCommand('gpg', all, { timeoutMs: 60_000 })).stdout;
    };
    await gpg('--quick-generate-key', `k${expires}`, 'rsa2048', 'sign', expires);
    await writeFile(path.join(given.root, NAME, 'pubkey.gpg'), await gpg('--armor', '--export', `k${expires}`));
    await runCommand('gpgconf', ['--homedir', home, '--kill', 'all'], { timeoutMs: 60_000 });
  }

  const checkerOf = (name: CheckName): ReturnType<typeof allCheckers>[number] =>
    allCheckers(ports).find((one) => one.name === name) ?? assert.fail(name);

  async function look(name: CheckName): Promise<readonly Finding[]> {
    const signal = new AbortController().signal;
    const at = { place: null, again: [], isWhole: true, signal, progress: () => undefined };
    return (await checkerOf(name).look(at)).findings;
  }

  /** Exactly one finding, which is then fixed. */
  async function fixOnly(name: CheckName): Promise<Finding> {
    const checker = checkerOf(name);
    const signal = new AbortController().signal;
    const { findings } = await checker.look({
      ...{ place: null, again: [], isWhole: true, signal, progress: () => undefined },
    });
    const [finding, ...more] = findings;
    assert.ok(finding !== undefined && more.length === 0, JSON.stringify(findings));
    await checker.fix?.(finding, signal);
    return finding;
  }

  it('finds nothing in a healthy installation', async () => {
    for (const { name } of allCheckers(ports)) assert.deepEqual(await look(name), [], name);
  });

  it('tickets: finds one that no build has, and closes that one', async () => {
    const lost = await resalloc.take({ tags: ['arch_x86_64'], sandbox: null });
    assert.equal((await fixOnly('tickets')).remedy, `resalloc ticket-close ${lost}`);
    assert.equal((await resalloc.collect(lost)).state, 'closed');
    assert.deepEqual(await look('tickets'), []);
    assert.notEqual((await resalloc.collect(world.used[0] ?? 0)).state, 'closed');
  });

  it('tickets: says nothing about any while a build does not answer, or Resalloc does not', async () => {
    await resalloc.take({ tags: ['arch_x86_64'], sandbox: null });
    world.silent = [BUILD.workflowId];
    await assert.rejects(
      look('tickets'),
      /the tickets of 1 builds? are not known, build\/7-fedora-42-x86_64 among them/,
    );
    world.silent = [];
    await pool.close();
    await assert.rejects(look('tickets'), { code: 'ResallocUnavailable' });
  });

  it('running: finds a build that the frontend no longer lists, and cancels that run', async () => {
    world.listed = [];
    world.times = 0;
    assert.match((await fixOnly('running')).text, /^7-fedora-42-x86_64 is building, and the frontend does not list it/);
    assert.deepEqual(canceled, ['7-fedora-42-x86_64 r: the frontend no longer lists this build']);
    for (const stage of ['reporting', 'keptForUser', null]) {
      world.stage = stage;
      assert.deepEqual(await look('running'), [], `${stage}: it has been reported, or does not answer`);
    }
  });

  it('running: finds a task that ends again and again, and leaves it to people', async () => {
    world.times = 3;
    const [finding] = await look('running');
    assert.match(finding?.text ?? '', /the frontend lists 7-fedora-42-x86_64, which ended 3 times/);
    const { signal } = new AbortController();
    await assert.rejects(async () => checkerOf('running').fix?.(finding ?? assert.fail('it is found'), signal));
    assert.deepEqual(canceled, []);
  });

  it('running: takes a frontend that does not answer as no evidence', async () => {
    frontend.answer = (_, response) => response.writeHead(502).end();
    for (const name of ['running', 'repodata', 'directories'] as const)
      await assert.rejects(look(name), { code: 'FrontendUnavailable' }, name);
  });

  it('repodata: finds an enabled chroot without metadata, and asks for it', async () => {
    world.enabled = [chroot, 'fedora-43-x86_64'];
    assert.equal((await fixOnly('repodata')).text, `${NAME} has no metadata for its chroot fedora-43-x86_64`);
    assert.deepEqual(remade, [{ owner, dirname: 'project', chroot: 'fedora-43-x86_64', devel: false }]);
  });

  it('metadata: finds packages that are gone, and asks for a full run', async () => {
    const build = path.join(given.root, NAME, chroot, '00000007-hello');
    await rm(path.join(build, 'hello-1.0-1.noarch.rpm'));
    assert.match((await fixOnly('metadata')).text, new RegExp(`^metadata of ${NAME} ${chroot}: `));
    assert.deepEqual(remade, [{ owner, dirname: 'project', chroot, devel: false }]);
  });

  it('metadata: leaves what a project at Pulp has left in the tree to its publications', async () => {
    await rm(path.join(given.root, NAME, chroot, '00000007-hello', 'hello-1.0-1.noarch.rpm'));
    world.storage = 'pulp';
    const found = (await look('metadata')).filter(({ key }) => key.includes(NAME));
    assert.deepEqual(found, []);
  });

  for (const name of ['repodata', 'metadata'] as const)
    it(`${name}: publishes nothing that the owner of a project has not released, or no longer has`, async () => {
      const repository = path.join(given.root, NAME, chroot);
      if (name === 'repodata') await rm(path.join(repository, 'repodata'), { recursive: true });
      else await rm(path.join(repository, '00000007-hello/hello-1.0-1.noarch.rpm'));
      world.develMode = true;
      const [finding] = await look(name);
      assert.match(finding?.remedy ?? '', /^its owner decides what is public/);
      const fix = async (): Promise<void> =>
        checkerOf(name).fix?.(finding ?? assert.fail('it is found'), new AbortController().signal);
      await assert.rejects(fix, { code: 'RepositoryFailed', message: /regenerate it in the frontend/ });
      world.develMode = false;
      for (const gone of [{ enabled: [] }, { enabled: null }, { enabled: [chroot], storage: 'pulp' }]) {
        Object.assign(world, gone);
        await fix();
      }
      assert.deepEqual(remade, []);
      world.storage = 'backend';
      await fix();
      assert.deepEqual(remade, [{ owner, dirname: 'project', chroot, devel: false }]);
    });

  it('keys: finds one that is missing, unreadable, or ends within 60 days', async () => {
    const file = path.join(given.root, NAME, 'pubkey.gpg');
    await showKey('59d');
    assert.match((await look('keys'))[0]?.text ?? '', /^the key of @group\/project ends on \d{4}-\d\d-\d\d$/);
    await showKey('62d');
    assert.deepEqual(await look('keys'), []);
    await writeFile(file, (await readFile(file, 'utf8')).slice(0, 200));
    assert.match((await look('keys'))[0]?.text ?? '', /cannot be read$/);
    await rm(file);
    assert.match((await look('keys'))[0]?.text ?? '', /has packages, and shows no key$/);
  });

  it('directories: finds the results of a project that the frontend does not know', async () => {
    world.enabled = null;
    const [finding, ...more] = await look('directories');
    assert.deepEqual([finding?.text, more], [`the frontend does not know ${NAME}, which has results`, []]);
    assert.equal(checkerOf('directories').fix, null, 'removing a project is a matter for a person');
  });

  it('looks at the tree part by part, and again at what it found before', async () => {
    for (let number = 100; number < 160; number += 1)
      await cp(path.join(given.root, NAME), path.join(given.root, `p${number}/hello`), { recursive: true });
    await rm(path.join(given.root, 'p159/hello', chroot, '00000007-hello/hello-1.0-1.noarch.rpm'));
    const signal = new AbortController().signal;
    const at = { again: [], isWhole: false, signal, progress: () => undefined };
    const first = await checkerOf('metadata').look({ ...at, place: null });
    assert.deepEqual([first.findings, first.looked, first.next], [[], 50, 'p147/hello']);
    const second = await checkerOf('metadata').look({ ...at, place: first.next });
    const key = `p159/hello/${chroot}/public`;
    assert.deepEqual([second.findings.map((found) => found.key), second.looked, second.next], [[key], 12, null]);
    assert.deepEqual([first.covers(key), second.covers(key)], [false, true]);
    const third = await checkerOf('metadata').look({ ...at, place: null, again: [key] });
    assert.deepEqual([third.findings.length, third.looked, third.covers(key)], [1, 51, true]);
  });
});
