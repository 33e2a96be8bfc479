import type { ProjectKey } from './keys.js';
import type { PublicKey } from './public-key.js';

export type SigningKey = { readonly key: ProjectKey; readonly shown: PublicKey };

/** How long a key that was found is assumed to exist: builds of one project come in bursts. */
const REMEMBERED_MS = 60_000;
/** Keys remembered at a time; each has some kilobytes. */
const MAX_KEYS = 200;

/**
 * Remembers keys that were found usable, by user id, so that not every package costs two runs of gpg. Refusals are not
 * remembered, and a caller that suspects a key makes the memory forget it.
 */
export type KeyMemory = {
  readonly get: (userId: string, find: () => Promise<SigningKey>) => Promise<SigningKey>;
  readonly forget: (userId: string) => void;
};

export function createKeyMemory(): KeyMemory {
  const known = new Map<string, { readonly until: number; readonly found: SigningKey }>();
  return {
    get: async (userId, find) => {
      const remembered = known.get(userId);
      if (remembered !== undefined && remembered.until > performance.now()) return remembered.found;
      known.delete(userId);
      const found = await find();
      known.set(userId, { until: performance.now() + REMEMBERED_MS, found });
      for (const oldest of known.keys()) {
        if (known.size <= MAX_KEYS) break;
        known.delete(oldest);
      }
      return found;
    },
    forget: (userId) => known.delete(userId),
  };
}
