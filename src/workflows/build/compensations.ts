import { CancellationScope, log } from '@temporalio/workflow';

type Undo = { readonly name: string; readonly undo: () => Promise<void> };

/**
 * Undo steps. Each is registered before the step that makes it necessary, so that a step which did its work and then
 * timed out is undone too. They run last-in-first-out, out of reach of a cancel; every undo is idempotent, and one that
 * fails is logged and never hides the failure that led here.
 */
export class Compensations {
  /** In order of registration. */
  readonly #undos = new Set<Undo>();
  readonly #underWay: Promise<void>[] = [];
  #begun = 0;
  #ended = 0;

  /** Registers an undo; the returned function removes it from the list. */
  add(name: string, undo: () => Promise<void>): () => void {
    const entry = { name, undo };
    this.#undos.add(entry);
    return () => {
      this.#undos.delete(entry);
    };
  }

  /** Starts an undo at once, in parallel with the build; `run` waits for its end. */
  begin(name: string, undo: () => Promise<void>): void {
    this.#begun += 1;
    const end = tried({ name, undo }).then(() => {
      this.#ended += 1;
    });
    this.#underWay.push(end);
  }

  /** No undo step is left or running. */
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

/** Never rejects: a rejection that nobody awaits yet would fail the workflow task, and with it the workflow. */
async function tried({ name, undo }: Undo): Promise<void> {
  try {
    await undo();
  } catch (error) {
    log.warn('compensation failed', { compensation: name, error: String(error) });
  }
}
