import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { givenOldTree } from '../../support/given-old-tree.js';

/** A host for the commands of docs/statements.md: what the words in capitals stand for. */
export type ShownHost = Readonly<Record<'CONF' | 'TREE' | 'CHROOT' | 'LOG' | 'HOST', string>> & {
  readonly statsDir: string;
  readonly remove: () => Promise<void>;
};

/** The keys that descriptions name, with their values. */
const KEYS = {
  results_baseurl: 'https://copr.example/results',
  frontend_base_url: 'http://127.0.0.1:1',
  frontend_auth: 'SECRET',
  builds_max_workers: '60',
  builds_max_workers_arch: 'x86_64=10, aarch64=8',
  builds_max_workers_owner: '20',
  actions_max_workers: '10',
  resalloc_connection: 'http://127.0.0.1:49100',
  do_sign: 'true',
  keygen_host: 'copr-keygen.example.com',
  redis_host: '127.0.0.1',
  redis_port: '6379',
  redis_db: '0',
  log_level: 'info',
  prune_days: '14',
};

/** Files of its own, in a new directory. */
export async function givenShownHost(): Promise<ShownHost> {
  const root = await mkdtemp(path.join(tmpdir(), 'copr-shown-'));
  const place = (name: string): string => path.join(root, name);
  const [TREE, CONF, LOG, HOST] = [place('results'), place('copr-be.conf'), place('access.log'), place('host')];
  for (const directory of [TREE, HOST, place('logs')]) await mkdir(directory);
  await givenOldTree(TREE);
  const own = { destdir: TREE, statsdir: place('stats'), log_dir: place('logs') };
  const lines = Object.entries({ ...KEYS, ...own }).map(([key, value]) => `${key}=${value}\n`);
  await writeFile(CONF, `[backend]\n${lines.join('')}`);
  const hit = `"GET /results/jdoe/hello/fedora-39-x86_64/repodata/repomd.xml HTTP/1.1" 200 512 "-" "libdnf"`;
  await writeFile(LOG, `=== start: Sun Nov 29\n10.0.0.1 host - [29/Nov/2026:12:00:00 +0000] ${hit}\n`);
  return {
    ...{ CONF, TREE, LOG, HOST, CHROOT: path.join(TREE, 'jdoe/hello/fedora-39-x86_64'), statsDir: place('stats') },
    remove: () => rm(root, { recursive: true }),
  };
}

const { version } = JSON.parse(
  readFileSync(fileURLToPath(new URL('../../../package.json', import.meta.url)), 'utf8'),
) as { readonly version: string };
const isVersion = (stdout: string): void => assert.equal(stdout.trim().split(' ').at(-1)?.split('+')[0], version);

const UNITS = 'usr/local/lib/systemd/system';
const unit = (name: string): string => `${UNITS}/copr-backend${name}`;

/** What has to be seen after each command of docs/statements.md that is more than a name, by its line there. */
export const SEEN_AFTER: Readonly<Record<string, (stdout: string, host: ShownHost) => void>> = {
  'copr-backend --version': isVersion,
  'copr-backend-build --version': isVersion,
  'copr-backend-action --version': isVersion,
  'copr-backend-log --version': isVersion,
  'copr-backend install --dry-run --prefix HOST': (stdout, { HOST }) => {
    const files = [...['.target', '-build.service', '-action.service', '-log.service'].map(unit)];
    for (const file of [...files, 'etc/copr/copr-be.conf.example'])
      assert.ok(stdout.includes(`would write ${path.join(HOST, file)}\n`), file);
    assert.deepEqual(readdirSync(HOST), []);
  },
  'copr-backend install --cron --prefix HOST': (_stdout, { HOST }) => {
    const text = (file: string): string => readFileSync(path.join(HOST, file), 'utf8');
    for (const part of ['log', 'build', 'action'])
      assert.match(text(unit('.target')), new RegExp(`^Wants=.*copr-backend-${part}\\.service`, 'm'));
    assert.match(text(unit('-log.service')), /^Wants=.*redis\.service/m);
    for (const part of ['-build', '-action', '-log'])
      assert.doesNotMatch(text(unit(`${part}.service`)), /^Requires=.*redis/m);
    assert.match(text(unit('-build.service')), /^PartOf=copr-backend\.target$/m);
    assert.match(text('etc/cron.daily/copr-backend'), /^for job in prune-results .*\bunknown-tickets\b/m);
    assert.match(text('etc/cron.weekly/copr-backend'), /^for job in .*\banalyze-results\b/m);
    assert.match(text('etc/logrotate.d/copr-backend'), /^\/var\/log\/copr-backend\/\*\.log \{$/m);
  },
  'copr-backend config check --config CONF': (stdout) => assert.match(stdout, /can be used/),
  'copr-backend config show --config CONF': (stdout, { TREE, statsDir }) => {
    const shown = { ...KEYS, frontend_auth: '\\*{4}', destdir: TREE, statsdir: statsDir };
    for (const [key, value] of Object.entries(shown))
      assert.match(stdout, new RegExp(`^${key} +${value} +line \\d+$`, 'm'));
  },
  'copr-backend-service list': (stdout) => {
    const units = ['.target', '-build.service', '-action.service', '-log.service'].map((name) => `copr-backend${name}`);
    assert.deepEqual(
      units.filter((name) => !stdout.split('\n').includes(name)),
      [],
    );
  },
  'copr-repo --dry-run --store tree --config CONF CHROOT': (stdout) =>
    assert.match(stdout, /"repository":\{.*"chroot":"fedora-39-x86_64".*"full"/),
  'copr_prune_srpms.py --dry-run --allow-root --config CONF': (stdout, { TREE }) => {
    assert.ok(stdout.startsWith(`Would remove: ${TREE}/jdoe/hello/srpm-builds/00000007 `), stdout);
    assert.ok(existsSync(path.join(TREE, 'jdoe/hello/srpm-builds/00000007')));
  },
  'copr_analyze_results.py --config CONF': (stdout, { statsDir }) => {
    assert.match(stdout, /^sample: .*\.json\.zst$/m);
    const page = readFileSync(path.join(statsDir, 'index.html'), 'utf8');
    for (const name of ['jdoe/hello', '@tools/kit', 'fedora-39-x86_64']) assert.ok(page.includes(name), name);
  },
  'copr-backend-generate-graphs --config CONF': (stdout, { statsDir }) =>
    assert.equal(stdout, `charts: ${path.join(statsDir, 'index.html')}\n`),
  'copr_log_hitcounter.py --dry-run --config CONF LOG': (stdout) =>
    assert.match(stdout, /^1 hits .* would be counted$/m),
};
