/** A file at the top of a deleted directory: a part of it is in another storage, under the name that the file says. */
export const HELD_ELSEWHERE = '.elsewhere.json';

/** The part of deleted things that is not in the results tree. `content` is the directory with the file. */
export type Elsewhere = {
  /** Removes what was made at the old place, by its names, while the directory went into the trash. Safe to repeat. */
  readonly clear: (names: readonly string[], signal?: AbortSignal) => Promise<void>;
  /** Puts it back to its old place, and removes the file. Safe to repeat. */
  readonly restore: (content: string) => Promise<void>;
  /** Removes it for good. Safe to repeat. */
  readonly remove: (content: string, signal?: AbortSignal) => Promise<void>;
};
