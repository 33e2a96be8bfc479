import { CancellationScope, log } from '@temporalio/workflow';

/**
 * What must be undone, registered before the step that makes it necessary, so that a step which did its work and then
 * timed out is undone too. Runs last-in-first-out where no cancel reaches it; every undo is idempotent, and one that
 * fails is logged and never hides the failure that led here.
 */
export class Compensations {
  readonly #stack: { readonly name: string; readonly undo: () => Promise<void> }[] = [];

  /** Registers an undo; the returned function takes it off the stack again. */
  add(name: string, undo: () => Promise<void>): () => void {
    const entry = { name, undo };
    this.#stack.push(entry);
    return () => {
      const index = this.#stack.indexOf(entry);
      if (index !== -1) this.#stack.splice(index, 1);
    };
  }

  async run(): Promise<void> {
    await CancellationScope.nonCancellable(async () => {
      for (let entry = this.#stack.pop(); entry !== undefined; entry = this.#stack.pop()) {
        try {
          await entry.undo();
        } catch (error) {
          log.warn('compensation failed', { compensation: entry.name, error: String(error) });
        }
      }
    });
  }
}
