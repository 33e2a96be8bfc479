/**
 * The only place that quotes words for a remote shell. The result is one word of a POSIX shell that expands to exactly
 * `word`. Throws RangeError for a NUL, which no argument can carry.
 */
export function shellQuote(word: string): string {
  if (word.includes('\0')) throw new RangeError('a NUL character cannot be passed to a program');
  // Plain words stay unquoted, because people read them in process lists and logs.
  if (/^[A-Za-z0-9_/.,:@%+-]+$/.test(word)) return word;
  return `'${word.replaceAll("'", "'\\''")}'`;
}

/** A command line that runs the program `words[0]` with exactly these arguments. */
export function remoteCommand(...words: readonly string[]): string {
  return words.map(shellQuote).join(' ');
}
