import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** mutate/equivalent-edits.json: reasons why edits change no command, each with the keys of its edits. */
const EquivalentEdits = z.array(
  z.strictObject({ reason: z.string().min(1), edits: z.array(z.string().min(1)).nonempty() }),
);

/** Reasons by key. Throws for an invalid file, and for one that lists a key twice. */
export function readEquivalents(file: string): ReadonlyMap<string, string> {
  const reasons = new Map<string, string>();
  for (const { reason, edits } of EquivalentEdits.parse(JSON.parse(readFileSync(file, 'utf8')))) {
    for (const key of edits) {
      if (reasons.has(key)) throw new Error(`${file} lists an edit twice: ${key}`);
      reasons.set(key, reason);
    }
  }
  return reasons;
}
