import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { startPool, type RunningPool } from '../../playground/pool/server.js';
import { machineArch } from '../../playground/loopback/machine-arch.js';
import { isRunning, markProcess } from '../../playground/loopback/processes.js';
import { eventually, makeKeyPair, makeTemporaryDirectory, run, sshOptions } from './support.js';

/** Python's own client is the judge of the wire: what it reads, the old backend reads. */
const CLIENT = `
import json, sys, xmlrpc.client
server = xmlrpc.client.ServerProxy(sys.argv[1], allow_none=True)
def plain(value):
    if isinstance(value, xmlrpc.client.Binary):
        return value.data.decode("latin-1")
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return value
answers = []
for method, params in json.load(sys.stdin):
    try:
        answers.append(plain(getattr(server, method)(*params)))
    except xmlrpc.client.Fault as fault:
        answers.append({"fault": [fault.faultCode, fault.faultString]})
print(json.dumps(answers))
`;

type Collected = { ready: boolean | null; output: string | null; closed: boolean | null; failed: boolean | null };
type Resource = { name: string; pid: number; port: number; directory: string; ticket: number | null; state: string };

describe('playground pool, asked by Python', function () {
  this.timeout(90_000);
  const directory = makeTemporaryDirectory();
  const key = makeKeyPair(directory.path);
  const client = join(directory.path, 'client.py');
  writeFileSync(client, CLIENT);
  const stateDir = join(directory.path, 'pool');
  const TAGS = ['copr_builder', `arch_${machineArch()}`];
  let pool: RunningPool;

  const open = async (): Promise<void> => {
    const authorizedKeys = `${key}.pub`;
    pool = await startPool({ port: 0, stateDir, builders: 2, builderPortBase: 0, authorizedKeys });
  };
  const resources = (): Resource[] => JSON.parse(readFileSync(join(stateDir, 'resources.json'), 'utf8')) as Resource[];
  const bothUp = (): Promise<void> =>
    eventually('two builders', () => resources().filter(({ state }) => state === 'up').length === 2, 60_000);

  async function ask(...calls: readonly (readonly [string, readonly unknown[]])[]): Promise<unknown[]> {
    const answer = await run('python3', [client, `${pool.url}/RPC2`], JSON.stringify(calls));
    assert.equal(answer.code, 0, answer.stderr);
    return JSON.parse(answer.stdout) as unknown[];
  }
  const take = async (sandbox?: string): Promise<number> =>
    (await ask(['takeTicket', sandbox === undefined ? [TAGS] : [TAGS, sandbox]]))[0] as number;
  const collect = async (id: number): Promise<Collected> => (await ask(['collectTicket', [id]]))[0] as Collected;

  // One source task whose spec never ends to be read.
  const tasks = createServer((request, response) => {
    const task = {
      source_type: 1,
      source_json: JSON.stringify({ url: `${tasksUrl}/slow.spec` }),
      distributions_in_project: [],
    };
    response.end(request.url === '/task' ? JSON.stringify(task) : 'Name: slow\nVersion: %(sleep 300)\n');
  });
  let tasksUrl = '';

  before(async () => {
    await new Promise<void>((resolve) => tasks.listen(0, '127.0.0.1', resolve));
    tasksUrl = `http://127.0.0.1:${(tasks.address() as AddressInfo).port}`;
    await open();
  });
  after(async () => {
    const left = resources();
    await pool.close();
    for (const { pid, directory: root } of left) {
      const mark = markProcess(pid);
      assert.ok(mark === null || !isRunning(mark), 'no builder is left');
      assert.ok(!existsSync(root));
    }
    tasks.close();
    directory.remove();
  });

  it('fails a ticket whose tags no builder of it has, and gives it none', async () => {
    const [id] = (await ask(['takeTicket', [['copr_builder', 'arch_nowhere']]])) as [number];
    assert.deepEqual(await collect(id), { ready: false, output: null, closed: false, failed: true });
    await ask(['closeTicket', [id]]);
  });

  it('answers faults as Resalloc does', async () => {
    const [methods, unknown, closed, twice, missing] = await ask(
      ['system.listMethods', []],
      ['collectTicket', [999]],
      ['closeTicket', [999]],
      ['takeTicket', [['a', 'a']]],
      ['noSuchMethod', []],
    );
    assert.ok((methods as string[]).includes('takeTicket'));
    for (const answer of [unknown, closed]) {
      assert.match(JSON.stringify(answer), /"fault":\[1,"<class '.*ServerAPIException'>:no such ticket 999"\]/);
    }
    assert.match(JSON.stringify(twice), /"fault":\[1,"<class/);
    assert.match(JSON.stringify(missing), /not supported/);
  });

  it('gives builders out in order, keeps sandboxes apart, takes them back', async () => {
    await bothUp();
    const [first, second, third] = [await take('a/a--a'), await take('b/b--b'), await take()];
    const ready = await collect(first);
    assert.deepEqual([ready.ready, ready.closed, ready.failed], [true, false, false]);
    const match = /^---\nhost: 127\.0\.0\.1\nname: (\S+)\nssh_port: (\d+)\n$/.exec(ready.output ?? '');
    assert.ok(match !== null, ready.output ?? '');
    assert.notEqual((await collect(second)).output, ready.output);
    assert.deepEqual(await collect(third), { ready: false, output: null, closed: false, failed: false });
    const login = await run('ssh', [...sshOptions(key, Number(match[2])), 'mockbuilder@127.0.0.1', 'echo hello']);
    assert.equal(login.stdout, 'hello\n');

    assert.deepEqual(await ask(['closeTicket', [first]], ['closeTicket', [String(first)]]), [null, null]);
    await eventually('the third ticket', async () => (await collect(third)).ready === true);
    assert.equal((await collect(third)).output, ready.output, 'the released builder');
    const after = await collect(first);
    assert.deepEqual([after.ready, after.closed], [true, true]);
    await ask(['closeTicket', [second]], ['closeTicket', [third]]);
    const impossible = (await ask(['takeTicket', [['arch_s390x']]]))[0] as number;
    assert.equal((await collect(impossible)).ready, false);
    await ask(['closeTicket', [impossible]]);
    assert.deepEqual(await collect(impossible), { ready: false, output: null, closed: true, failed: false });
  });

  it('adopts builders and tickets of a pool that ended', async () => {
    await bothUp();
    const ticket = await take('a/a--a');
    const before = resources();
    await pool.close({ keepBuilders: true });
    await open();
    await bothUp();
    assert.deepEqual(
      resources().map(({ name, pid, ticket: held }) => [name, pid, held]),
      before.map(({ name, pid, ticket: held }) => [name, pid, held]),
    );
    assert.equal((await collect(ticket)).ready, true);
    await ask(['closeTicket', [ticket]]);
    assert.ok((await take()) > ticket);
    await ask(['closeTicket', [ticket + 1]]);
  });

  it('fails the ticket of a killed builder and starts another', async () => {
    await bothUp();
    const ticket = await take();
    const builder = resources().find((resource) => resource.ticket === ticket);
    assert.ok(builder !== undefined);
    const port = sshOptions(key, builder.port);
    const start = `copr-rpmbuild --srpm --task-url ${tasksUrl}/task --detached`;
    assert.equal((await run('ssh', [...port, 'mockbuilder@127.0.0.1', start])).code, 0);
    const build = markProcess(Number(readFileSync(join(builder.directory, 'lib', 'pid'), 'utf8')));
    assert.ok(build !== null && isRunning(build));
    process.kill(builder.pid, 'SIGKILL');
    await eventually('the ticket fails', async () => (await collect(ticket)).failed === true);
    await bothUp();
    const names = resources().map(({ name }) => name);
    assert.ok(!names.includes(builder.name));
    assert.ok(!existsSync(builder.directory));
    assert.ok(!isRunning(build), 'its build was ended');
    await ask(['closeTicket', [ticket]]);
    assert.equal((await collect(ticket)).closed, true);
  });
});
