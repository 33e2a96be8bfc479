const BEGINNING = '=== the log is cut here: ';

/** The last line of a live log that outgrew `log_max_bytes`. */
export function cutLine(maxBytes: number): string {
  return `\n${BEGINNING}it is longer than ${maxBytes} bytes (log_max_bytes); the build goes on ===\n`;
}

/** Length of the cut line that `tail` ends with, under whatever limit it was written; 0 when the log is not cut. */
export function cutLineLength(tail: string): number {
  const at = tail.lastIndexOf(`\n${BEGINNING}`);
  if (at === -1 || tail.indexOf('\n', at + 1) !== tail.length - 1) return 0;
  return tail.length - at;
}
