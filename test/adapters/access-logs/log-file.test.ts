import assert from 'node:assert/strict';
import { appendFile, copyFile, rename, truncate, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { countHits } from '../../../src/activities/maintenance/count-hits.js';
import { createCountNotes } from '../../../src/adapters/access-logs/count-notes.js';
import { createLogFile } from '../../../src/adapters/access-logs/log-file.js';
import { runCommand } from '../../../src/adapters/process/run-command.js';
import { givenDirectory } from '../../support/given-directory.js';

/** Rounds of the job beside logrotate: each access counts once. */
describe('an access log that is rotated', () => {
  let root: Awaited<ReturnType<typeof givenDirectory>>;
  let log: string;
  let counted: number;
  let second: number;
  beforeEach(async () => {
    root = await givenDirectory();
    log = path.join(root.path, 'access.log');
    [counted, second] = [0, 0];
  });
  afterEach(() => root.remove());

  async function visits(count: number, file = log): Promise<void> {
    for (let visit = 0; visit < count; visit += 1) {
      second += 1;
      const time = `30/Nov/2026:12:${String(Math.floor(second / 60)).padStart(2, '0')}:${String(second % 60).padStart(2, '0')} +0000`;
      const url = '/results/jdoe/hello/fedora-42-x86_64/repodata/repomd.xml';
      await appendFile(file, `192.0.2.1 - - [${time}] "GET ${url} HTTP/1.1" 200 100 "-" "libdnf"\n`);
    }
  }

  async function round(): Promise<readonly string[]> {
    const job = countHits(
      {
        logs: createLogFile({ file: log, withRotated: true }),
        counters: {
          add: ({ hits }) => {
            counted += Object.values(hits).reduce((sum, one) => sum + one, 0);
            return Promise.resolve({ end: 'counted' });
          },
        },
        notes: createCountNotes({ destdir: root.path }),
        ...{ tell: () => undefined, pauseMs: 0 },
      },
      { tryIndefinitely: false, doubtful: null },
    );
    return (await job({ signal: new AbortController().signal, progress: () => undefined, dryRun: false })).troubles;
  }

  /** As logrotate does it; a file keeps its time. */
  async function logrotate(...options: readonly string[]): Promise<void> {
    const config = path.join(root.path, 'rotate.conf');
    const lines = [`${log} {`, 'rotate 5', 'nocreate', ...options, '}', ''];
    await writeFile(config, lines.join('\n'), { mode: 0o644 });
    const state = path.join(root.path, 'rotate.state');
    const { code, summary } = await runCommand('logrotate', ['--force', '--state', state, config], {
      timeoutMs: 30_000,
    });
    assert.equal(code, 0, summary);
  }

  for (const [how, options] of Object.entries({
    'by number': [],
    'by date': ['dateext'],
    'with gzip': ['compress'],
    'with gzip, a date and its extension': ['compress', 'dateext', 'extension .log'],
  }))
    it(`counts what came between the last round and the rotation, ${how}`, async () => {
      await visits(3);
      await round();
      assert.equal(counted, 3);
      await visits(2);
      await logrotate(...options);
      await visits(4);
      assert.deepEqual([await round(), counted], [[], 9]);
      assert.deepEqual([await round(), counted], [[], 9], 'nothing counts twice');
    });

  it('counts all of a log that came and went between two rounds, and nothing that was there before the first', async () => {
    await visits(7, `${log}.2`);
    await utimes(`${log}.2`, 1000, 1000);
    await visits(1);
    await round();
    assert.equal(counted, 1, 'others have counted that one');
    await logrotate();
    await visits(5);
    await logrotate('compress', 'delaycompress');
    await visits(2);
    assert.deepEqual([await round(), counted], [[], 8]);
  });

  it('counts a log once that was copied and truncated', async () => {
    await visits(3);
    await round();
    await visits(1);
    await copyFile(log, `${log}.1`);
    await truncate(log);
    await visits(2);
    await round();
    await rename(`${log}.1`, `${log}.2`);
    assert.deepEqual([await round(), counted], [[], 6]);
  });

  it('names a rotated log that cannot be read, and counts the others', async () => {
    await visits(1);
    await round();
    await logrotate();
    await writeFile(`${log}-20261130.gz`, 'no gzip');
    await visits(2);
    const [trouble = ''] = await round();
    assert.match(trouble, /access\.log-20261130\.gz cannot be unzipped/);
    assert.equal(counted, 3);
  });
});
