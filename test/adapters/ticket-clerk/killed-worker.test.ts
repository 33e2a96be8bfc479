import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { openPoolMemory } from '../../../playground/pool/pool-state.js';
import { createTickets, type Tickets } from '../../../playground/pool/tickets.js';
import { encodeResponse, parseCall } from '../../../playground/pool/xml-rpc.js';
import { readBody } from '../../../playground/loopback/http-service.js';
import { signalGroup, waitUntil } from '../../../playground/loopback/processes.js';
import { givenDirectory } from '../../support/given-directory.js';
import { fixture, ROOT } from '../../support/worker-process.js';

/** Real processes, a real socket, the playground's tickets behind HTTP. */
describe('a worker that is killed while it takes a ticket', function () {
  this.timeout(120_000);
  let directory: Awaited<ReturnType<typeof givenDirectory>>;
  let stateDir: string;
  let tickets: Tickets;
  let server: http.Server;
  let url: string;
  const takers: ChildProcess[] = [];
  /** Runs when the pool has made a ticket and has not answered yet. */
  let onTaken: () => Promise<void>;
  let taken: number;

  beforeEach(async () => {
    directory = await givenDirectory();
    stateDir = path.join(directory.path, 'a state directory whose name is far too long for a socket'.repeat(3));
    tickets = createTickets(openPoolMemory(directory.path));
    onTaken = () => Promise.resolve();
    taken = 0;
    server = http.createServer((request, response) => {
      void readBody(request, 10_000).then(async (body) => {
        const { method, params } = parseCall(body.toString('utf8'));
        assert.equal(method, 'takeTicket');
        const ticket = tickets.take(params[0] as string[], null);
        taken += 1;
        await onTaken();
        response.end(encodeResponse(ticket));
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(async () => {
    for (const taker of takers.splice(0)) kill(taker);
    const clerk = await clerkPid();
    if (clerk !== null) {
      process.kill(clerk, 'SIGTERM');
      await waitUntil(() => !existsSync(`/proc/${clerk}`), 10_000);
    }
    server.closeAllConnections();
    server.close();
    await directory.remove();
  });

  function taker(activityId: string): { readonly process: ChildProcess; readonly said: Promise<string> } {
    const child = spawn(process.execPath, [...fixture('ticket-taker.ts'), stateDir, url, activityId], {
      ...{ cwd: ROOT, detached: true },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    takers.push(child);
    const lines = createInterface({ input: child.stdout });
    return { process: child, said: once(lines, 'line').then(([line]) => String(line)) };
  }

  function kill({ pid }: ChildProcess): void {
    if (pid !== undefined) signalGroup(pid, 'SIGKILL');
  }

  /** Of the clerk that this test's workers have started. */
  async function clerkPid(): Promise<number | null> {
    const log = path.join(stateDir, 'tickets/clerk.log');
    if (!existsSync(log)) return null;
    const pids = [...(await readFile(log, 'utf8')).matchAll(/"pid":(\d+),.*the ticket clerk begins/g)];
    const pid = Number(pids.at(-1)?.[1] ?? 0);
    return pid > 0 && existsSync(`/proc/${pid}`) ? pid : null;
  }

  it('loses none: the next attempt has the ticket whose answer came a moment after the kill', async () => {
    const struck = new Promise<void>((resolve) => {
      onTaken = () => {
        kill(first.process);
        resolve();
        return Promise.resolve();
      };
    });
    const first = taker('5');
    first.said.catch(() => undefined);
    await struck;
    assert.equal(await taker('5').said, 'ticket 1');
    assert.equal(await taker('6').said, 'ticket 2');
    assert.equal(taken, 2);
  });

  it('loses none either when the clerk is told to stop in the middle of the call', async () => {
    onTaken = async () => {
      process.kill((await clerkPid()) ?? assert.fail('there is no clerk'), 'SIGTERM');
    };
    const first = taker('5');
    assert.equal(await first.said, 'ticket 1');
    assert.equal(taken, 1);
  });

  it('is told what is wrong when no clerk can be started, and takes nothing', async () => {
    await mkdir(stateDir, { recursive: true });
    await writeFile(path.join(stateDir, 'tickets'), 'a file in the place of the directory');
    assert.match(
      await taker('5').said,
      /no ticket is taken without the ticket clerk of this host: .*EEXIST.*let this user write in/,
    );
    assert.equal(taken, 0);
  });

  it('is told what is wrong with notes that nobody can read', async () => {
    await mkdir(path.join(stateDir, 'tickets'), { recursive: true });
    await writeFile(path.join(stateDir, 'tickets/notes.jsonl'), 'nonsense\n{"is":"highest","ticket":5}\n');
    assert.match(await taker('5').said, /it ended \(exit 1\): line 1 of .*notes\.jsonl is not a note/);
    assert.equal(taken, 0);
  });
});
