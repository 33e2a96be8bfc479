/** One word for a POSIX shell, whatever it contains. */
export function quoteWord(word: string): string {
  return /^[A-Za-z0-9_./:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

/**
 * The words of a simple command as a shell would split them; null if it is more than that (operators, expansions, an
 * open quote), so that a real shell has to run it.
 */
export function splitWords(command: string): string[] | null {
  const words: string[] = [];
  let word: string | null = null;
  for (let index = 0; index < command.length; index += 1) {
    const character = command.charAt(index);
    if (character === "'" || character === '"') {
      const end = command.indexOf(character, index + 1);
      if (end < 0) return null;
      const quoted = command.slice(index + 1, end);
      if (character === '"' && /[$`]|\\[$`\\\n]/.test(quoted)) return null;
      word = (word ?? '') + quoted;
      index = end;
    } else if (/\s/.test(character)) {
      if (character === '\n' && word !== null && command.slice(index).trim() !== '') return null;
      if (word !== null) words.push(word);
      word = null;
    } else if (/[;&|<>()$`\\*?[\]#~{}!]/.test(character)) {
      return null;
    } else {
      word = (word ?? '') + character;
    }
  }
  if (word !== null) words.push(word);
  return words;
}
