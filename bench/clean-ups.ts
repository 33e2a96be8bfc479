/**
 * Runs `work`, which may say what has to be undone after it; that is done last first, however the work ends. A clean-up
 * that fails is reported to `say` and keeps neither the others nor the work's own end from coming through.
 */
export async function withCleanUps<T>(
  say: (line: string) => void,
  work: (defer: (cleanUp: () => Promise<void>) => void) => Promise<T>,
): Promise<T> {
  const cleanUps: (() => Promise<void>)[] = [];
  try {
    return await work((cleanUp) => void cleanUps.push(cleanUp));
  } finally {
    for (const cleanUp of cleanUps.toReversed()) {
      await cleanUp().catch((error: unknown) => say(`cleaning up: ${String(error)}`));
    }
  }
}
