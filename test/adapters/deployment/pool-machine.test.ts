import assert from 'node:assert/strict';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCommand, type CommandResult } from '../../../src/adapters/process/run-command.js';
import { parseTicketOutput } from '../../../src/domain/build/ticket-output.js';
import { givenDirectory } from '../../support/given-directory.js';

const PROGRAM = fileURLToPath(new URL('../../../deploy/resalloc/copr-pool-machine', import.meta.url));
const NAME = 'x86_64_00000007_20260101_101010';

type Given = {
  /** Shell in place of the program; both note their words. */
  readonly ssh?: string;
  readonly ansible?: string;
  readonly make?: string;
  /** The output of `new`, as Resalloc passes it on. */
  readonly data?: string;
};

/** With stand-ins of ssh and Ansible; test/long/builder-role.test.ts has the real ones. */
describe('copr-pool-machine', () => {
  let directory: Awaited<ReturnType<typeof givenDirectory>>;
  beforeEach(async () => {
    directory = await givenDirectory();
  });
  afterEach(() => directory.remove());

  it('prints an address that the backend takes, and none of what Ansible says', async () => {
    const { code, stdout, stderr } = await run('new', { ansible: 'seq 2000' });
    assert.equal(code, 0, stderr);
    assert.deepEqual(parseTicketOutput(stdout), { host: '2620:52:3:1::7', name: NAME, port: 22 });
    assert.match(await noted(), /^ansible-playbook .*ansible_host='2620:52:3:1::7'/m);
  });

  it('removes a machine that has not become a builder, for Resalloc does not', async () => {
    for (const given of [{ ansible: 'exit 2' }, { ssh: 'exit 255' }, { ansible: 'kill -TERM $PPID' }]) {
      const { code, stdout, stderr } = await run('new', given);
      assert.notEqual(code, 0, JSON.stringify(given));
      assert.equal(stdout, '');
      assert.match(stderr, /removing the machine/);
      assert.match(await noted(), new RegExp(`^removed ${NAME} 2620:52:3:1::7$`, 'm'), JSON.stringify(given));
    }
  });

  it('hands nothing to ssh that is not an address', async () => {
    for (const make of ['true', 'echo -oProxyCommand=id', 'echo "10.0.0.1 10.0.0.2"', 'echo "a;id"']) {
      const { code, stderr } = await run('new', { make });
      assert.equal(code, 1, make);
      assert.match(stderr, /make_machine printed no address/);
      assert.doesNotMatch(await noted(), /^ssh /m);
    }
  });

  it('takes the address of later calls from what it printed', async () => {
    const { stdout } = await run('new', {});
    const data = Buffer.from(stdout).toString('base64');
    assert.equal((await run('livecheck', { data })).code, 0);
    assert.match(await noted(), /^ssh .* root@2620:52:3:1::7 rpm --query copr-rpmbuild$/m);
    assert.equal((await run('livecheck', { data, ssh: 'exit 255' })).code, 255);
    assert.equal((await run('release', { data })).code, 0);
    assert.match(await noted(), /^ssh .* root@2620:52:3:1::7 copr-builder-cleanup$/m);
    assert.equal((await run('delete', { data })).code, 0);
    assert.match(await noted(), new RegExp(`^removed ${NAME} 2620:52:3:1::7$`, 'm'));
  });

  it('removes by its name a machine that never printed an address', async () => {
    assert.equal((await run('delete', {})).code, 0);
    assert.match(await noted(), new RegExp(`^removed ${NAME} $`, 'm'));
  });

  async function run(command: string, given: Given): Promise<CommandResult> {
    await writeFile(notes(), '');
    await mkdir(join(directory.path, 'bin'), { recursive: true });
    await standIn('ssh', given.ssh);
    await standIn('ansible-playbook', given.ansible);
    const settings = join(directory.path, 'pool.conf');
    const lines = [
      `make_machine='${given.make ?? 'echo 2620:52:3:1::7'}'`,
      `remove_machine='echo "removed $RESALLOC_NAME $1" >> ${notes()}'`,
      ...['playbook=builder.yml', 'attempts=2', 'pause=0'],
    ];
    await writeFile(settings, `${lines.join('\n')}\n`);
    const path = `${join(directory.path, 'bin')}:${process.env['PATH'] ?? ''}`;
    const env = { PATH: path, RESALLOC_NAME: NAME, RESALLOC_RESOURCE_DATA: given.data ?? '' };
    return runCommand(PROGRAM, [command, settings], { env, timeoutMs: 60_000 });
  }

  async function standIn(name: string, body = 'true'): Promise<void> {
    const file = join(directory.path, 'bin', name);
    await writeFile(file, `#!/bin/sh\necho "${name} $*" >> ${notes()}\n${body}\n`);
    await chmod(file, 0o755);
  }

  function notes(): string {
    return join(directory.path, 'notes');
  }

  function noted(): Promise<string> {
    return readFile(notes(), 'utf8');
  }
});
