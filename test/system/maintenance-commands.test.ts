import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { chmod, lstat, mkdir, readlink, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { startPool, type RunningPool } from '../../playground/pool/server.js';
import { runCommand } from '../../src/adapters/process/run-command.js';
import { createResalloc } from '../../src/adapters/resalloc-xmlrpc/builder-pool.js';
import { buildStart } from '../../src/contracts/names/ids.js';
import { startFrontendServer, answerJson, type FrontendServer } from '../adapters/frontend-http/frontend-server.js';
import { givenDirectory } from '../support/given-directory.js';
import { givenNamespace, type GivenNamespace } from '../support/given-namespace.js';
import { givenOldTree } from '../support/given-old-tree.js';
import { MAINTENANCE, runProgramHere, type CommandEnd } from '../support/run-program-here.js';

const METADATA = '/results/jdoe/hello/fedora-39-x86_64/repodata/repomd.xml';

describe('the commands of maintenance, on a tree of the Python service', function () {
  this.timeout(180_000);
  let given: GivenNamespace;
  let frontend: FrontendServer;
  let below: (...names: readonly string[]) => string;
  const there = (...names: readonly string[]): boolean => existsSync(below(...names));

  before(async () => {
    frontend = await startFrontendServer();
    given = await givenNamespace([`frontend_base_url=${frontend.url}`]);
    below = (...names) => path.join(given.destdir, ...names);
    await givenOldTree(given.destdir);
    // Nobody works on it: an open build whose worker is away.
    await given.client.workflow.start('build', {
      ...buildStart('42-fedora-39-x86_64'),
      ...{ taskQueue: 'nobody', args: [] },
    });
  });
  after(async () => {
    await given.client.workflow.getHandle('build/42-fedora-39-x86_64').terminate();
    await given.remove();
    await frontend.stop();
  });

  function run(program: string, ...words: readonly string[]): Promise<CommandEnd> {
    const asRoot = [
      'copr-backend-resultdir-cleaner',
      'copr-compress-live-logs',
      'copr-prune-srpms',
      'copr-rename-chroot',
    ];
    const isOfRoot = process.getuid?.() === 0 && asRoot.includes(program);
    const common = ['--config', given.configFile, ...(isOfRoot ? ['--allow-root'] : [])];
    return runProgramHere(program, program === 'copr-backend' ? [...words, ...common] : [...common, ...words]);
  }

  async function lines(program: string, ...words: readonly string[]): Promise<readonly string[]> {
    const { code, stdout, stderr } = await run(program, ...words);
    assert.equal(code, 0, stderr);
    return stdout.split('\n').filter((line) => line !== '');
  }

  it('each says with --help what it is for, with examples', async () => {
    for (const program of [...MAINTENANCE, 'copr-prune-srpms', 'copr-fix-gpg']) {
      const { code, stdout } = await runProgramHere(program, ['--help']);
      assert.equal(code, 0, program);
      assert.match(stdout, new RegExp(`^Usage: ${program} `));
      assert.match(stdout, /Exit status:|runs as root/, program);
    }
  });

  it('copr-backend-resultdir-cleaner names what a person has to look at, and leaves what is young', async () => {
    const said = await lines('copr-backend-resultdir-cleaner');
    const todo = said.filter((line) => line.startsWith('TODO DIR')).map((line) => line.replace(given.destdir, ''));
    assert.deepEqual(todo, [
      'TODO DIR MODULES: /jdoe/hello/modules',
      'TODO DIR CREATEREPOFAIL: /jdoe/hello/fedora-39-x86_64/.repodata.old',
      'TODO DIR OLDBUILD: /jdoe/hello/fedora-39-x86_64/hello-1.0',
      'TODO DIR NODASH: /jdoe/hello/fedora-39-x86_64/nodash',
      'TODO DIR PREV_BUILD: /jdoe/hello/fedora-39-x86_64/00000007-hello/prev_build_backup',
    ]);
    assert.match(said.at(-1) ?? '', /^0 directories would be moved into the trash; 5 to look at$/);
    assert.match(readFileSync(path.join(path.dirname(given.configFile), 'resultdir-cleaner.log'), 'utf8'), /TODO DIR/);
  });

  it('copr-backend-resultdir-cleaner moves what is forgotten into the trash, but nothing of a build under way', async () => {
    const chroot = 'jdoe/hello/fedora-39-x86_64';
    const forgotten = [`${chroot}/00000007-hello/configs`, `${chroot}/cache`, `${chroot}/tmp`];
    const inUse = `${chroot}/00000042-hello/chroot_scan`;
    const clean = (...words: readonly string[]): Promise<readonly string[]> =>
      inDays(15, () => lines('copr-backend-resultdir-cleaner', ...words));
    const named = (said: readonly string[], word: string): readonly string[] =>
      said.flatMap((line) => (line.startsWith(word) ? [line.replace(`${word}${given.destdir}/`, '')] : [])).sort();
    const dry = await clean();
    assert.deepEqual(named(dry, 'Would remove: '), forgotten);
    assert.deepEqual(
      [...forgotten, inUse].map((name) => there(name)),
      [true, true, true, true],
    );
    const real = await clean('--real-run');
    assert.deepEqual(named(real, 'Removed: '), forgotten);
    assert.deepEqual(named(real, 'Kept, because its build has not ended: '), [inUse]);
    assert.match(real.at(-1) ?? '', /^3 directories moved into the trash; 5 to look at$/);
    assert.deepEqual(
      [...forgotten, inUse].map((name) => there(name)),
      [false, false, false, true],
    );
    const trash = await lines('copr-backend', 'trash', 'list');
    for (const name of forgotten)
      assert.ok(
        trash.some((line) => line.includes(name)),
        `${name} can be restored`,
      );
  });

  it('copr-compress-live-logs compresses old logs, and leaves that of a build that has not ended', async () => {
    const said = await lines('copr-compress-live-logs', '--dry-run', given.destdir);
    assert.equal(said.filter((line) => line.startsWith('Would compress: ')).length, 2);
    assert.ok(there('jdoe/hello/fedora-39-x86_64/00000007-hello/builder-live.log'), 'a dry run changes nothing');
    await lines('copr-compress-live-logs', given.destdir);
    const isLeft = ['jdoe/hello/fedora-39-x86_64/00000007-hello', '@tools/kit/epel-9-x86_64/00000008-kit'].map(
      (build) => [...[there(build, 'builder-live.log'), there(build, 'builder-live.log.gz')]],
    );
    assert.deepEqual(isLeft, [
      [false, true],
      [false, true],
    ]);
    assert.ok(there('jdoe/hello/fedora-39-x86_64/00000042-hello/builder-live.log'), 'its build has not ended');
  });

  it('copr-prune-srpms says what would go, and then removes it', async () => {
    const said = await lines('copr-prune-srpms', '--dry-run', '--days', '14');
    assert.match(
      said.join('\n'),
      /^Would remove: .*\/srpm-builds\/00000007 {2}\(\d{4}-\d\d-\d\d\)\nWould remove: .*build-7.log/,
    );
    assert.ok(there('jdoe/hello/srpm-builds/00000007'));
    const removed = await lines('copr-prune-srpms', '--stdout');
    assert.match(removed[0] ?? '', /^Removing: \/.*\/srpm-builds\/00000007 {2}\(\d{4}-\d\d-\d\d\)$/);
    assert.deepEqual(
      [there('jdoe/hello/srpm-builds/00000007'), there('jdoe/hello/srpm-builds/00000042')],
      [false, true],
    );
  });

  it('copr_print_results_to_delete.py prints what the frontend does not know, or wants deleted', async () => {
    frontend.answer = (request, response) => {
      const { pathname, searchParams } = new URL(request.url ?? '', frontend.url);
      if (searchParams.get('ownername') !== 'jdoe') response.writeHead(404).end('{"error": "no such project"}');
      else if (pathname.endsWith('/project')) answerJson({ name: 'hello' })(request, response);
      else answerJson({ delete_after_days: 0 })(request, response);
    };
    const said = await lines('copr-print-results-to-delete');
    assert.deepEqual(said, [below('@tools/kit'), below('jdoe/hello/fedora-39-x86_64')]);
    frontend.answer = (_request, response) => void response.writeHead(503).end();
    const { code, stdout, stderr } = await run('copr-print-results-to-delete');
    assert.deepEqual([code, stdout], [1, '']);
    assert.match(stderr, /jdoe\/hello is left out: .*503/);
  });

  it('copr-assure-permissions says what it would change, and changes it', async function () {
    if (process.getuid?.() !== 0) this.skip();
    const file = below('@tools/kit/epel-9-x86_64/00000008-kit/builder-live.log.gz');
    await chmod(file, 0o600);
    const words = ['--owner', '0', '--group', '0', below('@tools')];
    const assure = (...more: readonly string[]): Promise<CommandEnd> =>
      runProgramHere('copr-assure-permissions', [...more, ...words]);
    assert.equal((await assure('--dry-run')).stdout, `would change: ${file}: mode 0600, not 0644\n`);
    assert.equal((await stat(file)).mode & 0o777, 0o600);
    assert.equal((await assure()).stdout, `changed: ${file}: mode 0600, not 0644\n`);
    assert.equal((await stat(file)).mode & 0o777, 0o644);
    assert.equal((await assure()).stdout, '');
  });

  it('copr-rename-chroot leaves a link, and waits for work that uses the chroot', async () => {
    const busy = await run('copr-rename-chroot', '--pair', 'fedora-39-x86_64:fedora-eol-x86_64', '--real-run');
    assert.equal(busy.code, 1);
    assert.match(busy.stderr, /keeps its name: jdoe\/hello\/fedora-39-x86_64: build\/42-fedora-39-x86_64 uses it/);
    const pair = ['--pair', 'epel-9-x86_64:rhel-9-x86_64'];
    assert.deepEqual(await lines('copr-rename-chroot', ...pair), [
      'would rename: @tools/kit/epel-9-x86_64 to rhel-9-x86_64',
      'would rename: @tools/kit:pr:5/epel-9-x86_64 to rhel-9-x86_64',
    ]);
    assert.ok((await lstat(below('@tools/kit/epel-9-x86_64'))).isDirectory());
    await lines('copr-rename-chroot', ...pair, '--real-run');
    assert.equal(await readlink(below('@tools/kit/epel-9-x86_64')), 'rhel-9-x86_64');
    assert.ok(there('@tools/kit/epel-9-x86_64/00000008-kit'), 'old URLs work');
    assert.deepEqual(await lines('copr-rename-chroot', ...pair, '--real-run'), [], 'done before');
  });

  it('copr-rename-chroot leaves chroots alone whose packages are at Pulp', async () => {
    const build = below('@tools/kit/centos-7-x86_64/00000010-kit');
    await mkdir(build, { recursive: true });
    await writeFile(path.join(build, 'pulp-packages.json'), '{"listedIn":["public"],"packages":[]}');
    const end = await run('copr-rename-chroot', '--pair', 'centos-7-x86_64:rhel-7-x86_64', '--real-run');
    assert.equal(end.code, 1);
    assert.match(end.stderr, /keeps its name: @tools\/kit\/centos-7-x86_64: its packages are at Pulp/);
    assert.ok((await lstat(below('@tools/kit/centos-7-x86_64'))).isDirectory());
    await rm(below('@tools/kit/centos-7-x86_64'), { recursive: true });
  });

  it('copr_fix_gpg.py --chroot fedora-39-x86_64 means all projects that have it', async () => {
    const said = await lines('copr-fix-gpg', '--chroot', 'fedora-39-x86_64', '--dry-run');
    assert.deepEqual(said, ['jdoe/hello/fedora-39-x86_64: would look at 2 builds']);
    const { code, stderr } = await run('copr-fix-gpg');
    assert.equal(code, 2);
    assert.match(stderr, /name a FILE with projects, or a --chroot/);
  });

  it('copr_log_hitcounter.py counts each access once, with what came after a thousand lines', async () => {
    const log = path.join(path.dirname(given.configFile), 'access.log');
    const line = `10.0.0.1 host - [29/Nov/2026:12:00:00 +0000] "GET ${METADATA} HTTP/1.1" 200 512 "-" "libdnf"\n`;
    await writeFile(log, `=== start: Sun Nov 29\n${line.repeat(1003)}`);
    frontend.answer = (_request, response) => void response.writeHead(201).end('"OK"');
    const posts = (): readonly unknown[] => frontend.seen.filter(({ path: at }) => at === '/stats_rcv/from_backend');
    const before = posts().length;
    assert.match(
      (await lines('copr-log-hitcounter', log, '--dry-run')).at(-1) ?? '',
      /^1003 hits .* would be counted$/,
    );
    assert.equal(posts().length, before);
    assert.match((await lines('copr-log-hitcounter', log)).at(-1) ?? '', /^1003 hits in 1 logs counted$/);
    assert.match((await lines('copr-log-hitcounter', log)).at(-1) ?? '', /^0 hits/);
    const sent = frontend.seen.filter(({ path: at }) => at === '/stats_rcv/from_backend').map(({ body }) => body);
    const at = Date.UTC(2026, 10, 29, 12) / 1000;
    const key = 'chroot_repo_metadata_dl_stat|jdoe|hello|fedora-39-x86_64';
    assert.deepEqual(sent, [
      { ts_from: at, ts_to: at, hits: { [key]: 999 } },
      { ts_from: at, ts_to: at, hits: { [key]: 4 } },
    ]);
    await writeFile(log, 'no log at all\n');
    const { code, stderr } = await run('copr-log-hitcounter', log);
    assert.equal(code, 1);
    assert.match(stderr, /is not an access log/);
  });

  it('copr-backend-unknown-resalloc-tickets names none while a build does not answer', async () => {
    const list = path.join(path.dirname(given.configFile), 'tickets');
    await writeFile(list, '3 - open\n5 - open\n');
    const { code, stdout, stderr } = await run('copr-backend-unknown-resalloc-tickets', '--tickets', list);
    assert.deepEqual([code, stdout], [1, '']);
    assert.match(stderr, /^build\/42-fedora-39-x86_64 does not answer/);
  });

  it('copr_analyze_results.py measures the tree, and draws charts of all samples', async () => {
    const statsdir = path.join(path.dirname(given.configFile), 'stats');
    await writeFile(given.configFile, `${readFileSync(given.configFile, 'utf8')}statsdir=${statsdir}\n`);
    await lines('copr-backend-analyze-results', '--dry-run');
    assert.equal(existsSync(statsdir), false);
    const [sample = ''] = await lines('copr-backend-analyze-results');
    const file = sample.replace('sample: ', '');
    assert.match(path.basename(file), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00\.json\.zst$/);
    assert.ok(existsSync(file.replace('.json.zst', '.du.log.zst')), 'the listing is kept');
    const { stdout } = await runCommand('zstd', ['-dc', file], { timeoutMs: 10_000 });
    const { owners, distros } = JSON.parse(stdout) as {
      owners: Record<string, number>;
      distros: Record<string, number>;
    };
    const du = await runCommand('du', ['-sx', below('jdoe')], { timeoutMs: 10_000 });
    assert.equal(owners['jdoe'], Number(du.stdout.split('\t')[0]));
    assert.deepEqual(Object.keys(distros).sort(), ['fedora-39', 'rhel-9']);
    assert.match(readFileSync(path.join(statsdir, 'index.html'), 'utf8'), /<td>fedora-39-x86_64<\/td>/);
    assert.deepEqual(await lines('copr-backend-generate-graphs'), [`charts: ${path.join(statsdir, 'index.html')}`]);
  });
});

describe('the commands about tickets, with a Resalloc', function () {
  this.timeout(180_000);
  let given: GivenNamespace;
  let pool: RunningPool;
  let state: Awaited<ReturnType<typeof givenDirectory>>;
  let ticket: number;

  beforeEach(async () => {
    state = await givenDirectory();
    pool = await startPool({ port: 0, stateDir: state.path, builders: 0, builderPortBase: 0, authorizedKeys: '' });
    given = await givenNamespace([`resalloc_connection=${pool.url}`]);
    ticket = await createResalloc({ url: pool.url }).take({ tags: ['arch_x86_64'], sandbox: 'jdoe/hello' });
  });
  afterEach(async () => {
    await given.remove();
    await pool.close();
    await state.remove();
  });

  const isOpen = async (): Promise<boolean> =>
    (await createResalloc({ url: pool.url }).collect(ticket)).state !== 'closed';

  it('copr-backend-unknown-resalloc-tickets names a ticket that no build has, and closes none', async () => {
    const unknown = (): Promise<CommandEnd> =>
      runProgramHere('copr-backend-unknown-resalloc-tickets', ['--config', given.configFile]);
    const { code, stdout, stderr } = await unknown();
    assert.deepEqual([code, stderr], [0, '']);
    const commands = stdout.split('\n').filter((line) => line.startsWith('resalloc '));
    assert.deepEqual(commands, [`resalloc ticket-check ${ticket}`]);
    assert.match(stdout, /^no tickets used by copr-backend\n# /);
    assert.ok(await isOpen());
    await createResalloc({ url: pool.url }).close(ticket);
    assert.equal((await unknown()).stdout, 'no tickets taken\n');
  });

  it('reconcile says what does not agree, and fixes with --fix what two looks have found', async () => {
    const reconcile = async (...words: readonly string[]): Promise<CommandEnd> => {
      const root = process.getuid?.() === 0 ? ['--allow-root'] : [];
      const common = ['--config', given.configFile, ...root];
      return runProgramHere('copr-backend', ['reconcile', '--check', 'tickets', ...common, ...words]);
    };
    const text = `ticket ${ticket} is open at Resalloc, and no build has it`;
    const found = `tickets: ${text} (seen once)\n  resalloc ticket-close ${ticket}\n`;
    const looked = await reconcile();
    assert.equal(looked.code, 1);
    assert.equal(looked.stdout, `${found}1 things looked at: 1 seen once, which may be under way\n`);
    assert.equal(existsSync(path.join(given.destdir, '.reconcile')), false, 'nothing is remembered');
    const first = await reconcile('--fix');
    assert.deepEqual([first.code, first.stdout.startsWith(found), await isOpen()], [1, true, true], first.stdout);
    const second = await inDays(0.01, () => reconcile('--fix'));
    assert.equal(second.code, 0, second.stderr);
    assert.match(second.stdout, new RegExp(`^tickets: fixed: ${text}\\n1 things .* 1 fixed\\n$`));
    assert.equal(await isOpen(), false);
    assert.match((await reconcile('--fix')).stdout, /everything agrees\n$/);
  });
});

/** Does `work` as if it were so many days later. */
async function inDays<T>(days: number, work: () => Promise<T>): Promise<T> {
  const now = Date.now;
  Date.now = () => now() + days * 86_400_000;
  try {
    return await work();
  } finally {
    Date.now = now;
  }
}
