import { CancellationScope, log } from '@temporalio/workflow';

/**
 * What must be undone, registered before the step that makes it necessary, so that a step which did its work and then
 * timed out is undone too. Runs last-in-first-out where no cancel reaches it; every undo is idempotent, and one that
 * fails is logged and never hides the failure that led here.
 */
export class Compensations {
  /** In the order they were registered. */
  readonly #undos = new Set<{ readonly name: string; readonly undo: () => Promise<void> }>();

  /** Registers an undo; the returned function takes it off the list again. */
  add(name: string, undo: () => Promise<void>): () => void {
    const entry = { name, undo };
    this.#undos.add(entry);
    return () => {
      this.#undos.delete(entry);
    };
  }

  async run(): Promise<void> {
    await CancellationScope.nonCancellable(async () => {
      for (const entry of [...this.#undos].reverse()) {
        try {
          await entry.undo();
        } catch (error) {
          log.warn('compensation failed', { compensation: entry.name, error: String(error) });
        }
      }
    });
  }
}
