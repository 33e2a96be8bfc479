import { CancellationScope, log } from '@temporalio/workflow';

type Undo = { readonly name: string; readonly undo: () => Promise<void> };

/**
 * What must be undone, registered before the step that makes it necessary, so that a step which did its work and then
 * timed out is undone too. Runs last-in-first-out where no cancel reaches it; every undo is idempotent, and one that
 * fails is logged and never hides the failure that led here.
 */
export class Compensations {
  /** In the order they were registered. */
  readonly #undos = new Set<Undo>();
  readonly #underWay: Promise<void>[] = [];
  #begun = 0;
  #ended = 0;

  /** Registers an undo; the returned function takes it off the list again. */
  add(name: string, undo: () => Promise<void>): () => void {
    const entry = { name, undo };
    this.#undos.add(entry);
    return () => {
      this.#undos.delete(entry);
    };
  }

  /** Undoes something at once, beside what goes on; `run` waits for its end. */
  begin(name: string, undo: () => Promise<void>): void {
    this.#begun += 1;
    const end = tried({ name, undo }).then(() => {
      this.#ended += 1;
    });
    this.#underWay.push(end);
  }

  /** Nothing is to be undone, and nothing is being undone. */
  get areOver(): boolean {
    return this.#undos.size === 0 && this.#begun === this.#ended;
  }

  async run(): Promise<void> {
    await CancellationScope.nonCancellable(async () => {
      for (const entry of [...this.#undos].reverse()) await tried(entry);
      await Promise.all(this.#underWay);
    });
  }
}

/** Never rejects: a rejection that nobody waits for yet would fail the workflow task, and with it the workflow. */
async function tried({ name, undo }: Undo): Promise<void> {
  try {
    await undo();
  } catch (error) {
    log.warn('compensation failed', { compensation: name, error: String(error) });
  }
}
