/**
 * Runs `work`, which may register clean-ups; these run afterwards, last first, however the work ends. A clean-up that
 * fails is reported to `say`; it stops neither the others nor the work's own result.
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
