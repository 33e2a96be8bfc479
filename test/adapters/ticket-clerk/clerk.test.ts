import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { TicketMayBeTaken } from '../../../src/adapters/resalloc-xmlrpc/builder-pool.js';
import { TicketClerk } from '../../../src/adapters/ticket-clerk/clerk.js';
import { LostTickets } from '../../../src/adapters/ticket-clerk/lost-tickets.js';
import { readSuspects } from '../../../src/adapters/ticket-clerk/read-suspects.js';
import { NotesUnreadable, TicketNotebook } from '../../../src/adapters/ticket-clerk/ticket-notebook.js';
import { PortFailure } from '../../../src/ports/port-failure.js';
import { givenDirectory } from '../../support/given-directory.js';
import { givenResalloc, type GivenResalloc } from './given-resalloc.js';

const REQUEST = { tags: ['copr_builder'], sandbox: null };
const claim = (activityId: string): { workflowId: string; runId: string; activityId: string } => ({
  ...{ workflowId: 'build/1', runId: 'run', activityId },
});

describe('the ticket clerk', () => {
  let directory: Awaited<ReturnType<typeof givenDirectory>>;
  let file: string;
  let resalloc: GivenResalloc;
  let now: number;
  const logged: string[] = [];
  const opened: TicketNotebook[] = [];

  beforeEach(async () => {
    directory = await givenDirectory();
    await mkdir(path.join(directory.path, 'tickets'));
    file = path.join(directory.path, 'tickets/notes.jsonl');
    resalloc = givenResalloc();
    now = 1_000_000;
    logged.length = 0;
  });
  afterEach(async () => {
    for (const notebook of opened.splice(0)) await notebook.close();
    await directory.remove();
  });

  type Clerk = { readonly clerk: TicketClerk; readonly notebook: TicketNotebook; readonly lost: LostTickets };

  /** A clerk that begins with what is on the disk; one before it is as good as killed. */
  async function begin(mostEntries?: number): Promise<Clerk> {
    const notebook = await TicketNotebook.open(file, mostEntries);
    opened.push(notebook);
    const log = { warn: (_: object, text: string): void => void logged.push(text) };
    const clerk = new TicketClerk({ notebook, resalloc, log, now: () => now });
    await clerk.begin();
    const suspects = path.join(directory.path, 'tickets/suspects.json');
    return { clerk, notebook, lost: new LostTickets({ notebook, pool: resalloc, file: suspects }) };
  }

  const broken = (): Promise<void> =>
    Promise.reject(new TicketMayBeTaken('ResallocUnavailable', 'the connection broke', { retryable: true }));

  it('tells the next attempt of the ticket that an earlier one was not told of', async () => {
    const { clerk } = await begin();
    assert.equal(await clerk.take(claim('5'), REQUEST), 1);
    const { clerk: next } = await begin();
    assert.equal(await next.take(claim('5'), REQUEST), 1);
    assert.equal(await next.take(claim('6'), REQUEST), 2);
    assert.deepEqual(resalloc.open(), [1, 2]);
  });

  it('asks once for attempts that come while it asks', async () => {
    const { clerk } = await begin();
    let answer = (): void => undefined;
    resalloc.afterTake = () => new Promise((resolve) => (answer = resolve));
    const first = clerk.take(claim('5'), REQUEST);
    const second = clerk.take(claim('5'), REQUEST);
    while (resalloc.takes() === 0) await new Promise(setImmediate);
    answer();
    assert.deepEqual(await Promise.all([first, second]), [1, 1]);
    assert.equal(resalloc.takes(), 1);
  });

  it('tells nobody of a ticket before it is on the disk', async () => {
    const { clerk } = await begin();
    await clerk.take(claim('5'), REQUEST);
    assert.match(await readFile(file, 'utf8'), /"is":"taken".*"ticket":1/);
  });

  it('gives a claim another ticket when the first is closed', async () => {
    const { clerk } = await begin();
    clerk.closed(await clerk.take(claim('5'), REQUEST));
    assert.equal(await clerk.take(claim('5'), REQUEST), 2);
  });

  it('keeps its notes through rewrites of its file', async () => {
    const { clerk, notebook } = await begin(4);
    for (let n = 1; n <= 20; n += 1) {
      const ticket = await clerk.take(claim(`${n}`), REQUEST);
      if (n % 2 === 0) clerk.closed(ticket);
    }
    await notebook.close();
    const { notebook: next } = await begin();
    const odd = Array.from({ length: 10 }, (_, index) => 2 * index + 1);
    assert.deepEqual(
      [...next.ledger.taken()].map(({ ticket }) => ticket),
      odd,
    );
    assert.equal(next.ledger.highest, 20);
  });

  it('reads notes whose end was cut off, and no others', async () => {
    const { clerk } = await begin();
    await clerk.take(claim('5'), REQUEST);
    const text = await readFile(file, 'utf8');
    await writeFile(file, `${text}{"is":"taken","cla\0\0`);
    const { clerk: next } = await begin();
    assert.equal(await next.take(claim('5'), REQUEST), 1);
    await writeFile(file, `nonsense\n${text}`);
    await assert.rejects(
      begin(),
      (error) => error instanceof NotesUnreadable && /line 1 of .* is not a note/.test(error.message),
    );
  });

  it('takes nothing where nothing can be noted, and says what to do', async () => {
    const { clerk, notebook } = await begin();
    notebook.note = () => Promise.reject(new Error('ENOSPC: no space left on device, write'));
    await assert.rejects(clerk.take(claim('5'), REQUEST), (error) => {
      assert.ok(error instanceof PortFailure);
      assert.deepEqual([error.code, error.retryable], ['TicketClerkUnavailable', true]);
      assert.match(error.message, /cannot note them: ENOSPC.*make room in state_dir/);
      return true;
    });
    assert.equal(resalloc.takes(), 0);
  });

  it('gives back a ticket that it cannot note any more', async () => {
    const { clerk, notebook } = await begin();
    resalloc.afterTake = () => {
      notebook.note = () => Promise.reject(new Error('EIO'));
      return Promise.resolve();
    };
    await assert.rejects(clerk.take(claim('5'), REQUEST), { code: 'TicketClerkUnavailable' });
    assert.deepEqual(resalloc.open(), []);
  });

  it('has the owner of a ticket asked after two minutes, and then ever seldomer', async () => {
    const { clerk } = await begin();
    await clerk.take(claim('5'), REQUEST);
    const lookAt = (seconds: number): number => {
      now = 1_000_000 + seconds * 1000;
      return clerk.due().length;
    };
    assert.deepEqual(
      [lookAt(119), lookAt(120), lookAt(121), lookAt(239), lookAt(240), lookAt(479), lookAt(480)],
      [0, 1, 0, 0, 1, 0, 1],
    );
    assert.deepEqual([lookAt(20_000), lookAt(23_599), lookAt(23_600)], [1, 0, 1], 'once an hour is the least');
  });

  it('names the tickets that a crash may have lost: open, between its own, and not noted', async () => {
    const { clerk } = await begin();
    await clerk.take(claim('1'), REQUEST);
    resalloc.afterTake = () => new Promise(() => undefined); // the host dies before the answer comes
    void clerk.take(claim('2'), REQUEST);
    while (resalloc.takes() < 2) await new Promise(setImmediate);
    const elsewhere = resalloc.takeElsewhere();
    await resalloc.close(resalloc.takeElsewhere());
    resalloc.afterTake = undefined;

    const next = await begin();
    assert.deepEqual(logged, ['the last clerk died while it took tickets']);
    now += 20_000;
    assert.equal(await next.clerk.take(claim('2'), REQUEST), 5);
    await next.lost.look();
    assert.deepEqual(next.lost.suspects(), { tickets: [2, elsewhere], isCut: false });
    assert.deepEqual(await readSuspects(directory.path), { tickets: [2, elsewhere], isCut: false });

    await resalloc.close(elsewhere);
    await resalloc.close(2);
    await next.lost.look();
    assert.deepEqual(await readSuspects(directory.path), { tickets: [], isCut: false });
    assert.deepEqual(next.notebook.ledger.gaps, [], 'nothing is in question any more');
  });

  it('names the ticket of an answer that broke off, and goes on naming it after a restart', async () => {
    const { clerk, lost } = await begin();
    resalloc.afterTake = broken;
    await assert.rejects(clerk.take(claim('1'), REQUEST), { code: 'ResallocUnavailable', message: /connection broke/ });
    resalloc.afterTake = undefined;
    assert.equal(await clerk.take(claim('1'), REQUEST), 2);
    await lost.look();
    assert.deepEqual(lost.suspects().tickets, [1]);
    const next = await begin();
    await next.lost.look();
    assert.deepEqual(next.lost.suspects().tickets, [1]);
  });

  it('looks for a lost ticket also behind the next one, which may have been faster', async () => {
    const { clerk, lost } = await begin();
    let late = 0;
    resalloc.take = () => {
      late += 1;
      return late === 1 ? broken().then(() => 0) : Promise.resolve(resalloc.takeElsewhere());
    };
    await assert.rejects(clerk.take(claim('1'), REQUEST));
    assert.equal(await clerk.take(claim('1'), REQUEST), 1);
    const slow = resalloc.takeElsewhere(); // the server comes to the call that was given up
    now += 5000;
    assert.equal(await clerk.take(claim('2'), REQUEST), 3);
    await lost.look();
    assert.deepEqual(lost.suspects().tickets, [slow]);
  });

  it('suspects nothing where Resalloc refused or was not there', async () => {
    const { clerk, lost } = await begin();
    resalloc.take = () => Promise.reject(new PortFailure('ResallocUnavailable', 'ECONNREFUSED', { retryable: true }));
    await assert.rejects(clerk.take(claim('1'), REQUEST), { code: 'ResallocUnavailable' });
    resalloc.takeElsewhere();
    resalloc.take = () => Promise.resolve(resalloc.takeElsewhere());
    await clerk.take(claim('2'), REQUEST);
    await lost.look();
    assert.deepEqual(lost.suspects().tickets, []);
  });

  it('forgets the ids of a Resalloc whose database began anew', async () => {
    const { clerk, lost, notebook } = await begin();
    for (let n = 0; n < 10; n += 1) resalloc.takeElsewhere();
    await clerk.take(claim('1'), REQUEST);
    resalloc.afterTake = broken;
    await assert.rejects(clerk.take(claim('2'), REQUEST));
    resalloc.take = () => Promise.resolve(1);
    await clerk.take(claim('3'), REQUEST);
    await lost.look();
    assert.deepEqual([lost.suspects().tickets, notebook.ledger.highest], [[], 1]);
  });

  it('asks of a long gap about the beginning, and says so', async () => {
    const { clerk, lost } = await begin();
    resalloc.afterTake = broken;
    await assert.rejects(clerk.take(claim('1'), REQUEST));
    resalloc.afterTake = undefined;
    for (let n = 0; n < 600; n += 1) resalloc.takeElsewhere();
    await clerk.take(claim('1'), REQUEST);
    await lost.look();
    const { tickets, isCut } = lost.suspects();
    assert.deepEqual([tickets.length, tickets[0], isCut], [500, 1, true]);
  });
});
