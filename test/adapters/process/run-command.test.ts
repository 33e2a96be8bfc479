import assert from 'node:assert/strict';
import { realpath } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { inspect } from 'node:util';
import { createLauncher, type Launcher } from '../../../src/adapters/process/launcher.js';
import { runCommand, startProgramsBy } from '../../../src/adapters/process/run-command.js';

const LIMIT = { timeoutMs: 30_000 };

describe('runCommand', () => {
  describe('of this process', () => {
    runsPrograms();
  });

  describe('by a launcher', () => {
    let launcher: Launcher;
    before(() => {
      launcher = createLauncher();
      startProgramsBy(launcher.run);
    });
    after(() => {
      startProgramsBy();
      launcher.close();
    });
    runsPrograms();
  });
});

function runsPrograms(): void {
  it('passes arguments as they are, without a shell', async () => {
    const result = await runCommand('printf', ['%s|', '$HOME', "it's", '', 'a\nb'], LIMIT);
    assert.equal(result.stdout, "$HOME|it's||a\nb|");
    assert.equal(result.code, 0);
  });

  it('explains how a program ended', async () => {
    const failed = await runCommand('sh', ['-c', 'echo one >&2; echo two >&2; exit 3'], LIMIT);
    assert.deepEqual([failed.code, failed.signal, failed.summary], [3, null, 'sh exited with 3: one | two']);
    const killed = await runCommand('sh', ['-c', 'kill -KILL $$'], LIMIT);
    assert.deepEqual([killed.code, killed.signal, killed.summary], [null, 'SIGKILL', 'sh was ended by SIGKILL']);
  });

  it('rejects only when the program cannot be started', async () => {
    await assert.rejects(runCommand('no-such-program-here', [], LIMIT), {
      name: 'ProgramNotStarted',
      message: 'no-such-program-here was not found on PATH: install no-such-program-here',
    });
    await assert.rejects(runCommand('sh', [], { ...LIMIT, cwd: '/no/such/directory' }), {
      name: 'ProgramNotStarted',
      message: 'sh could not be started: ENOENT',
    });
  });

  it('says that an argument list is too long without repeating it', async () => {
    const args = Array.from({ length: 40_000 }, (_, index) => `/results/owner/project/${index}/${'x'.repeat(80)}.rpm`);
    const refusal: unknown = await runCommand('true', args, LIMIT).catch((error: unknown) => error);
    const told = inspect(refusal, { depth: 5 });
    assert.match(told, /true could not be started: E2BIG/);
    assert.ok(told.length < 16 * 1024, `${told.length} characters`);
  });

  it('ends what takes too long', async () => {
    const result = await runCommand('sleep', ['600'], { timeoutMs: 50 });
    assert.deepEqual([result.timedOut, result.canceled, result.code], [true, false, null]);
    assert.equal(result.summary, 'sleep ran longer than 0.05 s and was ended');
  });

  it('ends for a signal', async () => {
    const abort = new AbortController();
    const running = runCommand('sleep', ['600'], { ...LIMIT, signal: abort.signal });
    abort.abort();
    const result = await running;
    assert.deepEqual([result.canceled, result.timedOut, result.code], [true, false, null]);
  });

  it('does not wait for what a program leaves running in the background', async () => {
    // The orphan holds both pipes; it ends by itself when the test reads its pid.
    const result = await runCommand('sh', ['-c', 'sleep 600 & echo $!'], LIMIT);
    assert.equal(result.code, 0);
    process.kill(Number(result.stdout));
  });

  it('hands out all output of a program that ended long before it was read', async () => {
    const result = await runCommand('sh', ['-c', 'head -c 60000 /dev/zero | tr "\\0" x'], LIMIT);
    assert.equal(result.stdout.length, 60_000);
  });

  it('keeps the head of stdout and the tail of stderr', async () => {
    const script = 'i=0; while [ $i -lt 2000 ]; do echo "out $i"; echo "err $i" >&2; i=$((i+1)); done';
    const result = await runCommand('sh', ['-c', script], { ...LIMIT, maxBytes: 12 });
    assert.equal(result.stdout, 'out 0\nout 1\n');
    assert.equal(result.stderr, 'r 1998\nerr 1999\n'.slice(-12));
    assert.match(result.summary, /err 1999/);
  });

  it('feeds input, and gives none otherwise', async () => {
    assert.equal((await runCommand('cat', [], { ...LIMIT, input: 'hello' })).stdout, 'hello');
    assert.equal((await runCommand('cat', [], LIMIT)).stdout, '');
    const unread = await runCommand('true', [], { ...LIMIT, input: 'x'.repeat(1_000_000) });
    assert.equal(unread.code, 0);
  });

  it('inherits nothing of our environment but PATH and HOME', async () => {
    process.env['COPR_TEST_SECRET'] = 'secret';
    try {
      const result = await runCommand('env', [], { ...LIMIT, env: { EXTRA: '1' } });
      const names = result.stdout
        .trim()
        .split('\n')
        .map((line) => line.split('=')[0]);
      assert.deepEqual(names.sort(), ['EXTRA', 'HOME', 'LANG', 'PATH']);
    } finally {
      delete process.env['COPR_TEST_SECRET'];
    }
  });

  it('runs where it is told to', async () => {
    const result = await runCommand('pwd', ['-P'], { ...LIMIT, cwd: tmpdir() });
    assert.equal(result.stdout, `${await realpath(tmpdir())}\n`);
  });
}
