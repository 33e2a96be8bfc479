/** A limit so high that it has no effect. */
export const NO_LIMIT = 1_000_000;
