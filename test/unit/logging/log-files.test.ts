import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { repositoryWorkflowId } from '../../../src/contracts/names/ids.js';
import { copyToFiles } from '../../../src/logging/log-copy.js';
import { logFileOf } from '../../../src/logging/log-file-names.js';
import { createLogFiles, type LogFiles } from '../../../src/logging/log-files.js';
import { logLine } from '../../../src/logging/log-line.js';
import { createLogger } from '../../../src/logging/logger.js';

describe('createLogFiles', () => {
  let directory: string;
  let files: LogFiles;
  let now: number;
  let said: string[];

  const path = (name: string): string => join(directory, name);
  const open = (at = directory): LogFiles =>
    createLogFiles({
      directory: at,
      onBroken: (file, error) => said.push(`${file.slice(directory.length + 1)}: ${error.message}`),
      onMended: () => said.push('mended'),
      now: () => now,
    });
  const write = (msg: string, workflowId?: string): void => {
    const record = { level: 'info', time: '2026-01-01T00:00:00Z', pid: 1, name: 'w', workflowId, msg };
    files.append(logFileOf(record), logLine(record));
  };
  const messages = (name: string): readonly string[] =>
    readFileSync(path(name), 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => line.split('] ').at(-1) ?? '');

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'copr-logs-'));
    now = 0;
    said = [];
    files = open();
  });
  afterEach(() => {
    files.close();
    rmSync(directory, { recursive: true });
  });

  it('writes each line to the file of its concern', () => {
    const works = {
      'worker.log': 'build/5-fedora-42-x86_64',
      'actions.log': 'action/7',
      'modifyrepo.log': 'repository/jdoe/hello/fedora-42-x86_64',
      'build_dispatcher.log': 'dispatcher/builds',
      'action_dispatcher.log': 'dispatcher/actions',
    };
    for (const [name, workflowId] of Object.entries(works)) {
      write(`to ${name}`, workflowId);
      assert.deepEqual(messages(name), [`to ${name}`]);
    }
    write('to the rest');
    assert.deepEqual(messages('backend.log'), ['to the rest']);
    assert.deepEqual(readdirSync(directory).sort(), [...Object.keys(works), 'backend.log'].sort());
    assert.equal(logFileOf({ workflowId: 'project/jdoe/hello' }), 'actions');
    assert.equal(logFileOf({ workflowId: 'something/else' }), 'backend');
    const shortened = repositoryWorkflowId({ owner: 'jdoe', dirname: 'x'.repeat(255), chroot: 'f-x86_64' });
    assert.equal(logFileOf({ workflowId: shortened }), 'modifyrepo');
    assert.equal(statSync(path('worker.log')).mode & 0o777 & 0o137, 0, 'not for others');
  });

  it('goes on in the file that was there', () => {
    writeFileSync(path('backend.log'), 'of another process\n');
    write('one');
    assert.deepEqual(messages('backend.log'), ['of another process', 'one']);
  });

  it('makes a new file within a second after a rename', () => {
    write('old');
    renameSync(path('backend.log'), path('backend.log.1'));
    now += 500;
    write('still old');
    now += 500;
    write('new');
    assert.deepEqual(messages('backend.log.1'), ['old', 'still old']);
    assert.deepEqual(messages('backend.log'), ['new']);
  });

  it('follows a rename with a new file in its place, and a removal', () => {
    write('old');
    renameSync(path('backend.log'), path('backend.log.1'));
    writeFileSync(path('backend.log'), '', { mode: 0o640 });
    now += 1000;
    write('new');
    assert.deepEqual(messages('backend.log'), ['new']);
    unlinkSync(path('backend.log'));
    now += 1000;
    write('newest');
    assert.deepEqual(messages('backend.log'), ['newest']);
  });

  it('goes on at the beginning of a file that was copied and truncated, without a hole', () => {
    write('old');
    copyFileSync(path('backend.log'), path('backend.log.1'));
    truncateSync(path('backend.log'));
    write('new');
    assert.ok(!readFileSync(path('backend.log')).includes(0));
    assert.deepEqual(messages('backend.log'), ['new']);
    assert.deepEqual(messages('backend.log.1'), ['old']);
  });

  it('loses nothing when logrotate itself rotates', function () {
    const config = path('logrotate.conf');
    const run = (rule: string): boolean => {
      writeFileSync(config, `"${path('backend.log')}" {\n rotate 6\n ${rule}\n}\n`, { mode: 0o600 });
      const state = path('logrotate.state');
      return spawnSync('logrotate', ['--force', '--state', state, config], { encoding: 'utf8' }).status === 0;
    };
    write('one');
    if (!run('copytruncate')) this.skip(); // not on every host
    write('two');
    assert.ok(run('create 640'));
    now += 1000;
    write('three');
    const all = ['backend.log.2', 'backend.log.1', 'backend.log'].flatMap((name) => messages(name));
    assert.deepEqual(all, ['one', 'two', 'three']);
  });

  it('says once that the directory is missing, and when it is there', () => {
    files = open(path('later'));
    write('lost');
    write('lost', 'build/1');
    now += 5000;
    write('lost');
    assert.equal(said.length, 1);
    assert.match(said[0] ?? '', /^later\/backend\.log: ENOENT/);
    mkdirSync(path('later'));
    now += 1000;
    write('kept');
    assert.equal(said.length, 1, 'the other file is broken still');
    write('kept', 'build/1');
    assert.equal(said.at(-1), 'mended');
    assert.deepEqual(messages('later/worker.log'), ['kept']);
  });

  it('says once that nothing may be written there', () => {
    files = open('/proc/self/fdinfo'); // not even for root
    write('lost');
    write('lost', 'build/1');
    assert.equal(said.length, 1);
  });

  it('survives a full disk, and writes again when there is room', () => {
    symlinkSync('/dev/full', path('backend.log'));
    for (let line = 0; line < 100; line += 1) write('lost');
    assert.equal(said.length, 1);
    assert.match(said[0] ?? '', /backend\.log: ENOSPC/);
    unlinkSync(path('backend.log'));
    now += 1000;
    write('kept');
    assert.deepEqual(messages('backend.log'), ['kept']);
    assert.equal(said.at(-1), 'mended');
  });

  it('does not wait for a reader of a pipe that stands where a file should', () => {
    assert.equal(spawnSync('mkfifo', [path('backend.log')]).status, 0);
    write('lost');
    assert.match(said[0] ?? '', /ENXIO/);
  });
});

describe('createLogger with a log directory', () => {
  let directory: string;
  const lines: string[] = [];

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'copr-logs-'));
    lines.length = 0;
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  const logTo = (logDir: string): ReturnType<typeof createLogger> =>
    createLogger({
      ...{ level: 'info', name: 'test', secrets: ['hunter2 "x"'] },
      copy: copyToFiles(logDir),
      destination: { write: (line) => void lines.push(line) },
    });

  it('writes the same lines as JSON and for people, both without secrets', () => {
    const log = logTo(directory);
    const err = new Error('refused hunter2 "x"');
    log.error(
      { workflowId: 'build/1', err, frontend_auth: 'abc', url: 'http://h/?p=hunter2%20%22x%22' },
      'hunter2 "x"',
    );
    log.debug('below the level');
    const text = readFileSync(join(directory, 'worker.log'), 'utf8');
    assert.equal(lines.length, 1);
    for (const output of [text, ...lines]) assert.doesNotMatch(output, /hunter2|abc/);
    assert.match(text, /^\[.*\[ ERROR\]\[PID:\d+\]\[ {6}test\]\[build\/1:-:-\] \*\*\*\* /);
    assert.ok(!existsSync(join(directory, 'backend.log')));
  });

  it('says in the JSON log what is wrong with the files, and goes on', () => {
    const log = logTo(join(directory, 'missing'));
    log.info('one');
    log.info('two');
    const seen = lines.map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
    assert.deepEqual(
      seen.map(({ level, msg }) => [level, msg]),
      [
        ['info', 'one'],
        ['warn', 'log files cannot be written; until they can, lines go to standard error only'],
        ['info', 'two'],
      ],
    );
  });

  it('survives a full disk behind standard error too', () => {
    const module = new URL('../../../src/logging/logger.ts', import.meta.url).href;
    const copy = new URL('../../../src/logging/log-copy.ts', import.meta.url).href;
    const script = `
      const { createLogger } = await import(${JSON.stringify(module)});
      const { copyToFiles } = await import(${JSON.stringify(copy)});
      const log = createLogger({ level: 'info', name: 'test', copy: copyToFiles(${JSON.stringify(directory)}) });
      for (let line = 0; line < 100; line += 1) log.info({ line }, 'goes on');
      await new Promise((resolve) => setTimeout(resolve, 50));
      process.stdout.write('alive');`;
    const command = `exec "$0" --import tsx --input-type=module -e "$1" 2>/dev/full`;
    const { stdout, status } = spawnSync('sh', ['-c', command, process.execPath, script], { encoding: 'utf8' });
    assert.deepEqual([status, stdout], [0, 'alive']);
    assert.equal(readFileSync(join(directory, 'backend.log'), 'utf8').trimEnd().split('\n').length, 100);
  });
});
