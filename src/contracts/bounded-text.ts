/**
 * Bytes that every store of Temporal takes in a workflow id, a keyword or a queue's name: PostgreSQL and MySQL have
 * columns of 255 characters, and a longer value fails there. The development server takes more.
 */
export const LONGEST_NAME = 255;

/** As much of a text as fits into `most` bytes of UTF-8; no character is cut in two. */
export function cutToFit(text: string, most = LONGEST_NAME): string {
  let bytes = 0;
  let end = 0;
  for (const character of text) {
    bytes += utf8Length(character);
    if (bytes > most) return text.slice(0, end);
    end += character.length;
  }
  return text;
}

function utf8Length(character: string): number {
  const point = character.codePointAt(0) ?? 0;
  if (point < 0x80) return 1;
  if (point < 0x800) return 2;
  return point < 0x10000 ? 3 : 4;
}
