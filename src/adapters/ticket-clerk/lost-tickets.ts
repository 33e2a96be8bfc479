import pLimit from 'p-limit';
import type { SuspectTickets } from '../../ports/build/ticket-notes.js';
import { writeFileAtomic } from '../files/atomic-file.js';
import type { Resalloc } from '../resalloc-xmlrpc/builder-pool.js';
import type { TicketNotebook } from './ticket-notebook.js';

/** Ids of one gap that are checked, lowest first: a lost ticket is near the last recorded one. */
const MAX_IDS = 500;
const AT_ONCE = 8;

/** The tickets that may be open without an owner, as of the last check. */
export class LostTickets {
  readonly #notebook: TicketNotebook;
  readonly #pool: Pick<Resalloc, 'collect'>;
  readonly #file: string;
  /** Ids that are closed or unknown to Resalloc: this does not change any more. */
  readonly #closed = new Set<number>();
  /** Shared by all checks: a slow one may continue while the next begins. */
  readonly #limit = pLimit(AT_ONCE);
  #suspects: SuspectTickets = { tickets: [], isCut: false };
  #written: string | null = null;

  constructor(deps: {
    readonly notebook: TicketNotebook;
    readonly pool: Pick<Resalloc, 'collect'>;
    /** The file that shows them to people. */
    readonly file: string;
  }) {
    this.#notebook = deps.notebook;
    this.#pool = deps.pool;
    this.#file = deps.file;
  }

  /** Suspects of the last check that have not turned out to be owned since. */
  suspects(): SuspectTickets {
    const { tickets, isCut } = this.#suspects;
    return { tickets: tickets.filter((ticket) => !this.#notebook.ledger.isTaken(ticket)), isCut };
  }

  /** Asks Resalloc which ids in question are open. Rejects when it does not answer, or the disk is full. */
  async look(): Promise<void> {
    const { ledger } = this.#notebook;
    const open = new Set<number>();
    let isCut = false;
    for (const gap of [...ledger.gaps]) {
      const ids: number[] = [];
      for (let id = gap.above + 1; id < gap.below && ids.length < MAX_IDS; id += 1) ids.push(id);
      const isWhole = gap.below - gap.above - 1 <= ids.length;
      isCut ||= !isWhole;
      const asked = ids.filter((id) => !ledger.isTaken(id) && !this.#closed.has(id));
      await Promise.all(asked.map((id) => this.#limit(() => this.#ask(id))));
      const left = asked.filter((id) => !this.#closed.has(id) && !ledger.isTaken(id));
      for (const id of left) open.add(id);
      if (!gap.isOver || left.length > 0) continue;
      this.#notebook.mention({ is: 'cleared', above: gap.above });
      for (const id of ids) this.#closed.delete(id);
    }
    this.#suspects = { tickets: [...open].sort((a, b) => a - b), isCut: isCut && open.size > 0 };
    await this.#tell();
  }

  async #ask(id: number): Promise<void> {
    const { state } = await this.#pool.collect(id);
    if (state === 'closed' || state === 'vanished') this.#closed.add(id);
  }

  async #tell(): Promise<void> {
    const text = JSON.stringify(this.#suspects);
    if (text === this.#written) return;
    await writeFileAtomic(this.#file, `${text}\n`);
    this.#written = text;
  }
}
