/**
 * Callers share looks: at most one is under way, and all calls made meanwhile share the next one. So every caller gets
 * an answer to a question asked after its own call, and any number of callers costs two looks instead of one each. A
 * failed look rejects only those who shared it.
 */
export function sharedLook<T>(look: () => Promise<T>): () => Promise<T> {
  let out: Promise<unknown> = Promise.resolve();
  let next: Promise<T> | null = null;

  async function afterTheOneThatIsOut(): Promise<T> {
    await out.catch(() => undefined);
    next = null; // later callers are too late for this look
    const answer = look();
    out = answer;
    return answer;
  }

  return () => (next ??= afterTheOneThatIsOut());
}
