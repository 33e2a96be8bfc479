/**
 * Bytes of arguments that one call of a program gets besides its options. Linux limits the whole argument list, with
 * the environment, to a quarter of the stack's limit (2 MiB by default, at least 128 KiB), execve(2).
 */
const MAX_BYTES = 96 * 1024;
/** Bytes of each argument besides its text: its terminator and the pointer to it. */
const OVERHEAD = 9;

/**
 * Splits the arguments, in order, into lists that can each be passed to a program: at most `most` arguments, and no
 * more bytes than the kernel accepts. An argument longer than a whole list gets its own list.
 */
export function argumentBatches(args: readonly string[], most: number): readonly (readonly string[])[] {
  const batches: string[][] = [];
  let bytes = 0;
  for (const argument of args) {
    const size = Buffer.byteLength(argument) + OVERHEAD;
    const batch = batches.at(-1);
    if (batch === undefined || batch.length >= most || bytes + size > MAX_BYTES) {
      batches.push([argument]);
      bytes = size;
    } else {
      batch.push(argument);
      bytes += size;
    }
  }
  return batches;
}
