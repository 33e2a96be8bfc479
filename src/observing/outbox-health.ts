/** Messages that wait in this host's outbox for each bus, as last counted by the process that sends them. */
export class OutboxHealth {
  readonly #waiting = new Map<string, number>();

  /** `waiting` null: this process does not send to the bus any more. */
  readonly seen = (busId: string, waiting: number | null): void => {
    if (waiting === null) this.#waiting.delete(busId);
    else this.#waiting.set(busId, waiting);
  };

  /** By the bus's id; empty in a process that does not send. */
  waiting(): ReadonlyMap<string, number> {
    return this.#waiting;
  }
}
