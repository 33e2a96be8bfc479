import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isRunning, markProcess, waitUntil } from '../../../playground/loopback/processes.js';
import { createSupervisor, type Service, type Supervisor } from '../../../playground/start/supervisor.js';

describe('createSupervisor', () => {
  let directory: string;
  let said: string[];
  let running: Readonly<Record<string, number>>;
  let supervisor: Supervisor;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'copr-supervisor-'));
    said = [];
    running = {};
    supervisor = createSupervisor({
      logDir: directory,
      say: (line) => said.push(line),
      onChange: (now) => (running = now),
      restartDelayMs: 10,
    });
  });
  afterEach(async () => {
    await supervisor.stop();
    rmSync(directory, { recursive: true });
  });

  function service(name: string, script: string): Service {
    return { name, program: 'sh', args: ['-c', script], whenReady: () => Promise.resolve() };
  }

  it('starts again what was killed, and says so', async () => {
    await supervisor.start(service('worker', 'exec sleep 1000'));
    const first = running['worker'] ?? 0;
    process.kill(first, 'SIGKILL');
    assert.ok(await waitUntil(() => ![undefined, first].includes(running['worker']), 3000));
    assert.deepEqual(said, ['worker ended (SIGKILL); starting it again']);
  });

  it('gives up on what keeps failing and shows its last words', async () => {
    await supervisor.start(service('pool', 'echo "no such port" >&2; exit 3'));
    await assert.rejects(supervisor.broken, /pool ended 5 times in a row \(exit 3\)[\s\S]*no such port/);
  });

  it('says when a program does not exist', async () => {
    await supervisor.start({ ...service('temporal', ''), program: join(directory, 'absent') });
    await assert.rejects(supervisor.broken, /ENOENT/);
  });

  it('stops the last first and leaves nothing, not even what they started', async () => {
    const order = join(directory, 'order');
    const script = (name: string): string => `trap 'echo ${name} >> ${order}; exit 0' TERM; sleep 1000 & echo $!; wait`;
    await supervisor.start(service('one', script('one')));
    await supervisor.start(service('two', script('two')));
    const children = (): readonly number[] =>
      ['one', 'two'].map((name) => Number(readFileSync(join(directory, `${name}.log`), 'utf8')));
    assert.ok(await waitUntil(() => children().every((pid) => pid > 0), 3000));
    const marks = children().map((pid) => markProcess(pid));
    assert.deepEqual(await supervisor.stop(), ['two', 'one']);
    assert.equal(readFileSync(order, 'utf8'), 'two\none\n');
    assert.deepEqual(running, {});
    assert.ok(await waitUntil(() => marks.every((mark) => mark === null || !isRunning(mark)), 3000));
  });
});
