/** Runs work, at most so many pieces at a time; the rest waits in the order it came. */
export type Slots = { readonly run: <T>(work: () => Promise<T>) => Promise<T> };

export function createSlots(count: number): Slots {
  let free = count;
  const waiting: (() => void)[] = [];
  return {
    run: async (work) => {
      if (free > 0) free -= 1;
      else await new Promise<void>((resolve) => waiting.push(resolve));
      try {
        return await work();
      } finally {
        const next = waiting.shift();
        if (next === undefined) free += 1;
        else next();
      }
    },
  };
}
