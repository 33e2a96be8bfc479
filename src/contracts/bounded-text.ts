/**
 * Bytes that every store of Temporal takes in a workflow id, a keyword or a queue's name: PostgreSQL and MySQL have
 * columns of 255 characters, and a longer value fails there. The development server takes more.
 */
export const MAX_NAME = 255;

/** As much of a text as fits into `most` bytes of UTF-8; no character is cut in two. */
export function cutToFit(text: string, most = MAX_NAME): string {
  let bytes = 0;
  let end = 0;
  for (const character of text) {
    bytes += utf8Length(character);
    if (bytes > most) return text.slice(0, end);
    end += character.length;
  }
  return text;
}

/** A text of at most `most` bytes of UTF-8 (100 or more): a longer one keeps its head and its tail, and says so. */
export function cutMiddle(text: string, most: number): string {
  // No text is shorter in bytes than in UTF-16 units, so a long one need not be scanned.
  if (text.length <= most && cutToFit(text, most) === text) return text;
  const mark = ` … (${text.length} characters, cut) … `;
  const room = most - MARK_BYTES;
  const head = cutToFit(text, Math.floor(room / 2));
  return `${head}${mark}${endThatFits(text, room - Math.floor(room / 2))}`;
}

/** Maximum bytes of the mark of a cut, with a number of any size. */
const MARK_BYTES = 50;

/** As much of a text's end as fits into `most` bytes of UTF-8; no character is cut in two. */
function endThatFits(text: string, most: number): string {
  const end = Array.from(text.slice(-most));
  let bytes = 0;
  let first = end.length;
  while (first > 0) {
    bytes += utf8Length(end[first - 1] ?? '');
    if (bytes > most) break;
    first -= 1;
  }
  // A surrogate whose other half was cut off.
  return end
    .slice(first)
    .join('')
    .replace(/^[\udc00-\udfff]/, '');
}

function utf8Length(character: string): number {
  const point = character.codePointAt(0) ?? 0;
  if (point < 0x80) return 1;
  if (point < 0x800) return 2;
  return point < 0x10000 ? 3 : 4;
}
