/** A place where something is kept waiting from outside, until it is released. */
export type Hold = {
  /** True once something waits there. */
  readonly isReached: () => boolean;
  /** Releases what waits, and everything that comes later. */
  readonly release: () => void | Promise<void>;
};

/** The holds of a proxy: anything that matches an open hold waits for its release. */
export class Holds<T> {
  readonly #open = new Set<{ matches: (passing: T) => boolean; reached: boolean; released: Promise<void> }>();

  add(matches: (passing: T) => boolean): Hold {
    let open = (): void => undefined;
    const released = new Promise<void>((resolve) => (open = resolve));
    const entry = { matches, reached: false, released };
    this.#open.add(entry);
    return {
      isReached: () => entry.reached,
      release: () => {
        this.#open.delete(entry);
        open();
      },
    };
  }

  /** Resolves at once if nothing is held, otherwise at the release. */
  async pass(passing: T): Promise<void> {
    for (const entry of [...this.#open]) {
      if (!entry.matches(passing)) continue;
      entry.reached = true;
      await entry.released;
    }
  }
}
