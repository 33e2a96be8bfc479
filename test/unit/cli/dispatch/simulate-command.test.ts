import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatTraceLine, type TraceEvent } from '../../../../src/domain/dispatch/admission-trace.js';
import { givenLimits, givenTask } from '../../../support/given-tasks.js';

const PROGRAM = new URL('../../../../src/cli/program.ts', import.meta.url).href;
const SCRIPT = `
  const { createProgram } = await import(${JSON.stringify(PROGRAM)});
  await createProgram().parseAsync(process.argv.slice(1), { from: 'user' });`;
const AT = Date.parse('2026-01-02T03:00:00.000Z');

describe('simulate', function () {
  this.slow(10_000);
  this.timeout(60_000);
  let directory: string;
  before(() => void (directory = mkdtempSync(join(tmpdir(), 'copr-simulate-'))));
  after(() => rmSync(directory, { recursive: true }));

  const put = (name: string, ...lines: readonly string[]): string => {
    const file = join(directory, name);
    writeFileSync(file, `${lines.join('\n')}\n`);
    return file;
  };
  function run(...args: readonly string[]): { status: number | null; stdout: string; stderr: string } {
    const node = ['--import', 'tsx', '--input-type=module', '-e', SCRIPT, '--', 'simulate', ...args];
    return spawnSync(process.execPath, node, { encoding: 'utf8' });
  }

  /** Two builds of 100 s each at a time when one may run: the second waits 100 s longer. */
  function events(): readonly string[] {
    const all: TraceEvent[] = [{ event: 'begin', at: AT, limits: givenLimits(1), pause: 5 }];
    for (const [taskId, owner, started] of [
      ['1', 'ann', 5],
      ['2', 'bob', 105],
    ] as const) {
      all.push({ event: 'arrive', at: AT + 1000, task: givenTask({ taskId, owner, source: true, chroot: null }) });
      all.push({ event: 'start', at: AT + started * 1000, taskId });
      all.push({ event: 'end', at: AT + (started + 100) * 1000, taskId });
    }
    return all.map(formatTraceLine);
  }

  it('compares the waits with those under other limits', () => {
    const trace = put('trace.jsonl', ...events());
    const config = put('new.conf', '[backend]', 'destdir = /srv', 'frontend_auth = x', 'builds_max_workers = 2');
    const { status, stdout, stderr } = run('--trace', trace, '--config', config);
    assert.deepEqual([status, stderr], [0, '']);
    assert.match(stdout, /^2 builds of 2 owners, 2026-01-02T03:00:00\.000Z to .* \(3 min 25 s\)$/m);
    assert.match(stdout, /^ {2}maxWorkers: 1 -> 2$/m);
    assert.match(stdout, /^owner bob +1 +1 min 44 s \/ 1 min 44 s +1 min 44 s \/ 1 min 44 s +4 s \/ 4 s +-1 min 40 s/m);
    const rows = (
      JSON.parse(run('--trace', trace, '--config', config, '--json', '--owner', 'bob').stdout) as {
        rows: { name: string; new: { p50: number } }[];
      }
    ).rows;
    assert.deepEqual(
      rows.map(({ name, new: { p50 } }) => [name, p50]),
      [
        ['all', 4000],
        ['bob', 4000],
      ],
    );
  });

  it('says which line is wrong, and ends with 1, 2 and 5', () => {
    const [first = '', ...rest] = events();
    const bad = run('--trace', put('bad.jsonl', first, 'nonsense', ...rest));
    assert.equal(bad.status, 1);
    assert.match(bad.stderr, /bad\.jsonl: line 2: this is not a complete JSON object/);
    assert.equal(run('--trace', join(directory, 'none')).status, 1);
    assert.equal(run().status, 2);
    const trace = put('good.jsonl', first, ...rest, '{"at":17');
    assert.match(run('--trace', trace).stdout, /left out, for it is cut: line 8/);
    assert.equal(run('--trace', trace, '--config', put('bad.conf', 'nonsense')).status, 5);
  });
});
