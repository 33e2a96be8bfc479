import assert from 'node:assert/strict';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { analyzeResults } from '../../../src/activities/maintenance/analyze-results.js';
import { createDiskUsage } from '../../../src/adapters/usage-samples/disk-usage.js';
import { createUsageSamples } from '../../../src/adapters/usage-samples/usage-samples.js';
import type { MaintenanceOutcome } from '../../../src/contracts/maintenance/maintenance.js';
import { givenDirectory } from '../../support/given-directory.js';

describe('analyze-results', () => {
  let root: Awaited<ReturnType<typeof givenDirectory>>;
  const searched = process.env['PATH'];
  beforeEach(async () => {
    root = await givenDirectory();
    await mkdir(path.join(root.path, 'results/jdoe/hello/fedora-42-x86_64'), { recursive: true });
  });
  afterEach(async () => {
    process.env['PATH'] = searched;
    await root.remove();
  });

  async function round(command: readonly string[]): Promise<MaintenanceOutcome> {
    const job = analyzeResults(
      {
        usage: createDiskUsage({ destdir: path.join(root.path, 'results'), command }),
        samples: createUsageSamples({ statsDir: root.path }),
        ...{ now: Date.now, tell: () => undefined },
      },
      { outputFile: null },
    );
    return job({ signal: new AbortController().signal, progress: () => undefined, dryRun: false });
  }
  const files = (): Promise<readonly string[]> => readdir(path.join(root.path, 'samples')).catch(() => []);

  it('leaves no listing of an attempt that failed', async () => {
    await assert.rejects(round(['sh', '-c', 'echo 4; kill -9 $$']), { code: 'StorageFailed' });
    assert.deepEqual(await files(), []);
    const results = path.join(root.path, 'results');
    assert.match((await round(['du', '-x', results])).summary, /^3 directories measured/);
    assert.deepEqual((await files()).map((name) => name.replace(/^.*\+00:00/, '')).toSorted(), [
      '.du.log.zst',
      '.json.zst',
    ]);
  });

  it('keeps of earlier samples what the page draws, and no more', async () => {
    await round(['du', '-x', path.join(root.path, 'results')]);
    const { samples, troubles } = await createUsageSamples({ statsDir: root.path }).all();
    assert.deepEqual([samples.length, troubles], [1, []]);
    const drawn = ['arches', 'chroots', 'distros', 'owners', 'projects'];
    assert.deepEqual(Object.keys(samples[0]?.sample ?? {}).toSorted(), drawn);
  });

  it('names zstd where it is not installed, before anything is measured', async () => {
    const measured = path.join(root.path, 'measured');
    await writeFile(path.join(root.path, 'du'), `#!/bin/sh\n: > ${measured}\n`, { mode: 0o755 });
    process.env['PATH'] = root.path;
    await assert.rejects(round(['du']), { message: /^zstd was not found on PATH.*: install zstd/, retryable: false });
    assert.ok(!(await readdir(root.path)).includes('measured'));
  });
});
