import pLimit from 'p-limit';
import type { SuspectTickets } from '../../ports/build/ticket-notes.js';
import { writeFileAtomic } from '../files/atomic-file.js';
import type { Resalloc } from '../resalloc-xmlrpc/builder-pool.js';
import type { TicketNotebook } from './ticket-notebook.js';

/** Ids of one gap that are asked about, the lowest first: a lost ticket is near the last one noted. */
const MAX_IDS = 500;
const AT_ONCE = 8;

/** Which tickets may be open without an owner, as last asked. */
export class LostTickets {
  readonly #notebook: TicketNotebook;
  readonly #pool: Pick<Resalloc, 'collect'>;
  readonly #file: string;
  /** Ids that Resalloc called closed, or does not know: they stay so. */
  readonly #closed = new Set<number>();
  /** One for all looks: a slow one goes on while the next begins. */
  readonly #limit = pLimit(AT_ONCE);
  #suspects: SuspectTickets = { tickets: [], isCut: false };
  #written: string | null = null;

  constructor(deps: {
    readonly notebook: TicketNotebook;
    readonly pool: Pick<Resalloc, 'collect'>;
    /** Told to people in here. */
    readonly file: string;
  }) {
    this.#notebook = deps.notebook;
    this.#pool = deps.pool;
    this.#file = deps.file;
  }

  /** Those of the last look that have not turned out to be somebody's since. */
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
