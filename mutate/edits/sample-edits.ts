/** Picks `count` of the list, the same ones for the same seed, in the list's order; all if there are no more. */
export function sampleOf<T>(list: readonly T[], count: number, seed: string): readonly T[] {
  const random = randomNumbers(seed);
  const drawn = list.map((item, index) => ({ item, index, lot: random() }));
  const picked = drawn.sort((a, b) => a.lot - b.lot).slice(0, count);
  return picked.sort((a, b) => a.index - b.index).map(({ item }) => item);
}

/** mulberry32, seeded with a hash of the seed (FNV-1a): uniform enough for sampling, and the same on every machine. */
function randomNumbers(seed: string): () => number {
  let state = 0x811c9dc5;
  for (const character of seed) state = Math.imul(state ^ (character.codePointAt(0) ?? 0), 0x01000193);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
}
