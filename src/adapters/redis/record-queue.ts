/** Records for one log file that were dropped: how many, and the times of the first and the last. */
export type Dropped<Who> = {
  readonly who: Who;
  readonly count: number;
  readonly since: Date;
  readonly until: Date;
};

type Queued<Who> = { readonly who: Who; readonly at: Date; readonly text: string };

export type Bounds = { readonly records: number; readonly characters: number };

/**
 * The records that wait in a sender. If there are too many, the oldest are dropped and counted: what happens now is
 * worth more than the beginning of an outage. A count takes the place of what was dropped.
 */
export class RecordQueue<Who> {
  readonly #bounds: Bounds;
  readonly #notice: (dropped: Dropped<Who>) => string;
  #waiting: Queued<Who>[] = [];
  #characters = 0;
  #batch: readonly string[] = [];
  readonly #dropped = new Map<Who, Dropped<Who>>();
  #droppedEver = 0;

  /** `notice` makes the record that says what was dropped. */
  constructor(bounds: Bounds, notice: (dropped: Dropped<Who>) => string) {
    this.#bounds = bounds;
    this.#notice = notice;
  }

  add(record: Queued<Who>): void {
    this.#waiting.push(record);
    this.#characters += record.text.length;
    const { records, characters } = this.#bounds;
    while (this.#waiting.length > records || (this.#characters > characters && this.#waiting.length > 1)) this.#drop();
  }

  /** The next records, at most `most` and the notices; the same again until `sent`. */
  batch(most: number): readonly string[] {
    if (this.#batch.length > 0) return this.#batch;
    const taken = this.#waiting.splice(0, most);
    for (const { text } of taken) this.#characters -= text.length;
    this.#batch = [...[...this.#dropped.values()].map(this.#notice), ...taken.map(({ text }) => text)];
    this.#dropped.clear();
    return this.#batch;
  }

  /** The batch has arrived. */
  sent(): void {
    this.#batch = [];
  }

  get isEmpty(): boolean {
    return this.length === 0 && this.#dropped.size === 0;
  }

  /** Records that wait, the batch included. */
  get length(): number {
    return this.#batch.length + this.#waiting.length;
  }

  /** Records dropped since the start. */
  get droppedEver(): number {
    return this.#droppedEver;
  }

  #drop(): void {
    const oldest = this.#waiting.shift();
    if (oldest === undefined) return;
    const { who, at, text } = oldest;
    this.#characters -= text.length;
    this.#droppedEver += 1;
    const before = this.#dropped.get(who);
    this.#dropped.set(who, { who, count: (before?.count ?? 0) + 1, since: before?.since ?? at, until: at });
  }
}
