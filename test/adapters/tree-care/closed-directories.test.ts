import assert from 'node:assert/strict';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { cleanResultDirectories } from '../../../src/activities/maintenance/clean-result-directories.js';
import { compressLiveLogs } from '../../../src/activities/maintenance/compress-live-logs.js';
import { pruneSrpms } from '../../../src/activities/maintenance/prune-srpms.js';
import { createPrunableTree } from '../../../src/adapters/repository-store/survey/prunable-tree.js';
import { createTrash } from '../../../src/adapters/trash/trash.js';
import { createLeftLogs } from '../../../src/adapters/tree-care/left-logs.js';
import { createLeftoverTree } from '../../../src/adapters/tree-care/leftover-tree.js';
import type { MaintenanceOutcome, MaintenanceRound } from '../../../src/contracts/maintenance/maintenance.js';
import { asNobody } from '../../support/as-nobody.js';
import { givenDirectory } from '../../support/given-directory.js';

const DAY = 86_400_000;

describe('rounds over a tree with directories that they may not read', () => {
  let root: Awaited<ReturnType<typeof givenDirectory>>;
  let closed: readonly string[];

  beforeEach(async () => {
    root = await givenDirectory();
    await chmod(root.path, 0o755);
    const at = (...names: readonly string[]): string => path.join(root.path, ...names);
    await mkdir(at('zoe/hello/fedora-39-x86_64/00000007-hello'), { recursive: true });
    await mkdir(at('zoe/hello/fedora-39-x86_64/tmp'));
    await writeFile(at('zoe/hello/fedora-39-x86_64/00000007-hello/builder-live.log'), '');
    await mkdir(at('zoe/hello/srpm-builds/00000006'), { recursive: true });
    await mkdir(at('ann/hello/srpm-builds'), { recursive: true });
    closed = [at('lost+found'), at('eve'), at('ann/hello')];
    for (const place of closed) await mkdir(place, { recursive: true });
    for (const place of closed) await chmod(place, 0);
  });
  afterEach(async () => {
    for (const place of closed) await chmod(place, 0o755);
    await root.remove();
  });

  const builds = { buildIds: () => Promise.resolve(new Set<number>()) };
  const now = (): number => Date.now() + 15 * DAY;
  const tell = (): void => undefined;
  const jobs: Readonly<Record<string, () => (round: MaintenanceRound) => Promise<MaintenanceOutcome>>> = {
    'prune-srpms': () => pruneSrpms({ tree: createPrunableTree({ destdir: root.path }), now, tell }, { days: 14 }),
    'compress-live-logs': () =>
      compressLiveLogs({ logs: createLeftLogs({ directory: root.path }), builds, now, tell }, { days: 7 }),
    'resultdir-cleaner': () => {
      const trash = createTrash({ destdir: root.path, hours: 24 });
      const tree = createLeftoverTree({ destdir: root.path, trash });
      return cleanResultDirectories({ tree, builds, now, pathOf: (names) => names.join('/'), tell }, { days: 14 });
    },
  };

  for (const [name, job] of Object.entries(jobs))
    it(`${name} names them, and does the rest`, async () => {
      const round = { signal: new AbortController().signal, progress: () => undefined, dryRun: true };
      const { summary, troubles } = await asNobody(() => job()(round));
      assert.match(summary, /^1 /);
      const refused = [/ann\/hello.* cannot be read: EACCES/, /eve cannot be read: EACCES/];
      assert.equal(troubles.length, refused.length, troubles.join('\n'));
      for (const pattern of refused)
        assert.ok(
          troubles.some((line) => pattern.test(line)),
          troubles.join('\n'),
        );
    });
});
