/**
 * Bytes of arguments that one call of a program gets beside its options. Linux bounds a whole argument list, with the
 * environment, by a quarter of the stack's limit (2 MiB as hosts come, 128 KiB at the least), execve(2).
 */
const MAX_BYTES = 96 * 1024;
/** What each argument takes beside its text: its end, and the pointer to it. */
const OVERHEAD = 9;

/**
 * The arguments, in their order, in lists that can each be handed to a program: never more than `most` of them, and
 * never more bytes than the kernel takes. One that is longer than a whole list stands alone.
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
