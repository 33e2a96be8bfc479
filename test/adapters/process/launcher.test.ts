import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { createLauncher, type Launcher } from '../../../src/adapters/process/launcher.js';
import { runCommand, startProgramsBy } from '../../../src/adapters/process/run-command.js';
import { givenDirectory } from '../../support/given-directory.js';
import { until } from '../../support/until.js';

const LIMIT = { timeoutMs: 600_000 };

describe('a launcher of programs', () => {
  let launcher: Launcher;
  let ends: string[] = [];
  beforeEach(() => {
    ends = [];
    launcher = createLauncher((how) => ends.push(how));
    startProgramsBy(launcher.run);
  });
  afterEach(() => {
    startProgramsBy();
    launcher.close();
  });

  it('that is killed is replaced; its programs are killed with it', async () => {
    const pid = await launcherPid();
    const directory = await givenDirectory();
    const file = path.join(directory.path, 'pid');
    try {
      const running = runCommand('sh', ['-c', `echo $$ > ${file}.new; mv ${file}.new ${file}; exec sleep 600`], LIMIT);
      await until('the program runs', () => existsSync(file));
      const program = Number(await readFile(file, 'utf8'));
      process.kill(pid, 'SIGKILL');
      const { summary } = await running;
      assert.equal(summary, 'sh was ended by SIGKILL: the process that starts programs ended (SIGKILL)');
      await until('the program ends', () => !isAlive(program));
      assert.notEqual(await launcherPid(), pid);
      assert.deepEqual(ends, ['SIGKILL']);
    } finally {
      await directory.remove();
    }
  });

  it('outlives a program that nobody can start', async () => {
    const pid = await launcherPid();
    await assert.rejects(runCommand('echo', ['a\0b'], LIMIT), { name: 'ProgramNotStarted' });
    assert.equal(await launcherPid(), pid);
  });

  it('outlives what stops its worker in order', async () => {
    const pid = await launcherPid();
    const running = runCommand('sh', ['-c', `kill -TERM ${pid}; kill -INT ${pid}; echo done`], LIMIT);
    assert.equal((await running).stdout, 'done\n');
    assert.equal(await launcherPid(), pid);
  });

  it('ends with the programs that run when its worker is killed', async () => {
    const directory = await givenDirectory();
    const file = path.join(directory.path, 'pids');
    const child = fork(new URL('../../fixtures/launching-process.ts', import.meta.url), [
      `echo $$ $PPID > ${file}.new; mv ${file}.new ${file}; exec sleep 600`,
    ]);
    try {
      await until('the program runs', () => existsSync(file));
      const pids = (await readFile(file, 'utf8')).trim().split(' ').map(Number);
      child.kill('SIGKILL');
      await once(child, 'exit');
      await until('program and launcher end', () => !pids.some(isAlive));
    } finally {
      child.kill('SIGKILL');
      await directory.remove();
    }
  });
});

/** A program's parent is its launcher. */
async function launcherPid(): Promise<number> {
  const { stdout, summary } = await runCommand('sh', ['-c', 'echo $PPID'], LIMIT);
  assert.match(stdout, /^[1-9]\d*\n$/, summary);
  return Number(stdout);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
