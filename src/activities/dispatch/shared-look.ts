/**
 * Callers share looks: at most one is out, and all who come meanwhile share the one after it. So each gets an answer to
 * a question that was asked after its own call, and a crowd costs two looks, not one each. A failed look rejects those
 * who shared it, and nobody else.
 */
export function sharedLook<T>(look: () => Promise<T>): () => Promise<T> {
  let out: Promise<unknown> = Promise.resolve();
  let next: Promise<T> | null = null;

  async function afterTheOneThatIsOut(): Promise<T> {
    await out.catch(() => undefined);
    next = null; // who comes from here on comes too late for this look
    const answer = look();
    out = answer;
    return answer;
  }

  return () => (next ??= afterTheOneThatIsOut());
}
