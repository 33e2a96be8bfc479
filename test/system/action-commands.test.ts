import assert from 'node:assert/strict';
import { readdir, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { runCommand, type CommandResult } from '../../src/adapters/process/run-command.js';
import { givenActionWorld, type ActionWorld } from '../support/action-world.js';
import { findOnPath } from '../support/find-on-path.js';
import { givenDirectory } from '../support/given-directory.js';

const ROOT = path.join(import.meta.dirname, '..', '..');
const F44 = 'fedora-44-x86_64';
const NAMES = { ownername: 'jdoe', projectname: 'hello' };

describe('commands about actions and the trash', function () {
  this.timeout(120_000);
  let world: ActionWorld;
  let deleted = 0;
  let refused = 0;

  before(async () => {
    world = await givenActionWorld();
    await world.build('hello', 'jdoe', 'hello', F44, '00000001-hello');
    await world.build('other', 'jdoe', 'hello', F44, '00000002-other');
    await world.publish('jdoe', 'hello', F44);
    deleted = await world.ask({ action_type: 0, object_type: 'build', object_id: 1, data: deleteOf('00000001-hello') });
    refused = await world.ask({ action_type: 8, data: '{}' });
  });
  after(() => world.close());

  function deleteOf(build: string): string {
    const flags = { project_dirname: 'hello', appstream: false, devel: false, storage: 0 };
    return JSON.stringify({ ...NAMES, ...flags, chroot_builddirs: { [F44]: [build] } });
  }

  function program(name: string, words: readonly string[]): Promise<CommandResult> {
    const script = path.join(ROOT, 'test/fixtures/program.ts');
    const args = ['--import', 'tsx', script, name, ...words];
    return runCommand(process.execPath, args, { cwd: ROOT, timeoutMs: 60_000 });
  }
  const backend = (...words: readonly string[]): Promise<CommandResult> =>
    program('copr-backend', [...words, '--config', world.configFile]);
  const lines = ({ stdout }: CommandResult): readonly unknown[] =>
    stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line): unknown => JSON.parse(line));
  const trash = async (): Promise<readonly { readonly id: string; readonly path: string }[]> =>
    lines(await backend('trash', 'list', '--json')) as { id: string; path: string }[];

  it('carry an action out, tell how it ended, and list it', async () => {
    const ran = await backend('action', 'run', String(deleted));
    assert.equal(ran.code, 0, ran.stderr);
    assert.deepEqual(
      (await world.named('jdoe', 'hello', F44))?.map((href) => href.split('/')[0]),
      ['00000002-other', '00000002-other'],
    );
    const shown = await backend('action', 'show', String(deleted), '--json');
    const status = JSON.parse(shown.stdout) as { stage: string; outcome: { result: string } };
    assert.deepEqual([shown.code, status.stage, status.outcome.result], [0, 'ended', 'succeeded']);
  });

  it('keep the old name of the command, with its words', async () => {
    const words = ['--daemon', '--worker-id', 'action_worker:1', '--backend-config', world.configFile];
    const ran = await program('copr-backend-process-action', ['--task-id', String(refused), ...words]);
    assert.equal(ran.code, 1, ran.stderr);
    assert.match(ran.stdout, /ActionUnsupported: a module is not updated/);
    assert.equal((await program('copr-backend-process-action', words)).code, 2, 'without a number');
  });

  it('list what failed, with its reason', async () => {
    let listed: CommandResult;
    do listed = await backend('actions', '--failed');
    while (!listed.stdout.includes(`action/${refused}`)); // what has just ended is listed a moment later
    assert.match(listed.stdout, /ActionUnsupported: a module is not updated/);
    assert.ok(!listed.stdout.includes(`action/${deleted} `), 'the good one is none of them');
    const all = (lines(await backend('actions', '--json')) as { task: string }[]).map(({ task }) => task);
    for (const id of [deleted, refused]) assert.ok(all.includes(`action/${id}`), all.join(', '));
  });

  it('say what an action really waits for where the program that it needs is not installed', async () => {
    const bin = await givenDirectory();
    const searched = process.env['PATH'];
    for (const name of ['flock', 'cat']) await symlink(await findOnPath(name), path.join(bin.path, name));
    // `spawn` says EACCES then.
    await writeFile(path.join(bin.path, 'createrepo_c'), '', { mode: 0o644 });
    const directories = { project_dirnames: ['hello'], chroots: [F44] };
    const flags = { appstream: false, devel: false, storage: 0, persistent: false, reason: 4 };
    const id = await world.ask({
      ...{ action_type: 3, object_type: 'repository' },
      data: JSON.stringify({ ...NAMES, ...directories, ...flags }),
    });
    process.env['PATH'] = bin.path;
    const ran = world.run(id);
    let shown: CommandResult;
    do shown = await backend('action', 'show', String(id));
    while (!shown.stdout.includes('createrepo_c') && shown.code === 0);
    process.env['PATH'] = searched;
    await bin.remove();
    assert.match(
      shown.stdout,
      /waiting for repository \(1 directories\).*\n {4}repository\/jdoe\/hello\/fedora-44-x86_64: publishRepository .*: RepositoryFailed: .*createrepo_c was not found on PATH: install createrepo_c/,
    );
    assert.equal((await ran).outcome.result, 'succeeded', 'it goes on once the program is there');
  });

  it('end with the promised status', async () => {
    assert.equal((await backend('action', 'show', '987654321')).code, 3);
    assert.equal((await backend('action', 'show', '../x')).code, 2);
    assert.equal((await backend('trash', 'restore', 'no-such-thing')).code, 3);
  });

  it('bring what was deleted back, published, or remove it for good', async () => {
    const [entry, ...more] = await trash();
    assert.ok(entry !== undefined && more.length === 0);
    assert.equal(entry.path, `jdoe/hello/${F44}/00000001-hello`);
    assert.match((await backend('trash', 'restore', entry.id, '--dry-run')).stdout, /would be restored/);
    assert.equal((await backend('trash', 'restore', entry.id)).code, 0);
    const names = async (): Promise<string> => ((await world.named('jdoe', 'hello', F44)) ?? []).join(' ');
    while (!(await names()).includes('00000001-hello/')) await new Promise((resolve) => setTimeout(resolve, 50));
    assert.match((await backend('trash', 'list')).stdout, /the trash is empty/);

    await world.run(deleted);
    const [again] = await trash();
    assert.ok(again !== undefined);
    assert.match((await backend('trash', 'empty')).stdout, /nothing is due/);
    assert.match((await backend('trash', 'empty', again.id, '--dry-run')).stdout, /would go/);
    assert.equal((await readdir(path.join(world.destdir, '.trash'))).length, 1);
    assert.match((await backend('trash', 'empty', '--all')).stdout, /00000001-hello removed/);
    assert.deepEqual(await readdir(path.join(world.destdir, '.trash')), []);
  });
});
