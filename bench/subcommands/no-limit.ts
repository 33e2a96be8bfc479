/** A limit that holds nobody. */
export const NO_LIMIT = 1_000_000;
