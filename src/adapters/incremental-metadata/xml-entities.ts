const NAMED: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };
const WRITTEN: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const HIGHEST_CODE_POINT = 0x10ffff;

/**
 * What a text or an attribute of createrepo_c's documents says. It writes attributes in ASCII, all else by its number:
 * a file called `ü.rpm` has the place `&#xFC;.rpm`.
 */
export function decodeEntities(text: string): string {
  return text.replace(/&(?:#x([\da-f]{1,6})|#(\d{1,7})|(lt|gt|amp|quot|apos));/gi, (whole, ...found: unknown[]) => {
    const [hex, decimal, name] = found as readonly (string | undefined)[];
    if (name !== undefined) return NAMED[name] ?? whole;
    const point = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    return point <= HIGHEST_CODE_POINT ? String.fromCodePoint(point) : whole;
  });
}

/** An attribute as createrepo_c writes it. */
export function encodeAttribute(text: string): string {
  return text.replace(/[&<>"]|[^\x20-\x7e]/gu, (one) => WRITTEN[one] ?? `&#x${codeOf(one)};`);
}

function codeOf(character: string): string {
  return (character.codePointAt(0) ?? 0).toString(16).toUpperCase();
}
