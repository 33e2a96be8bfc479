const NAMED: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };
const WRITTEN: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const HIGHEST_CODE_POINT = 0x10ffff;

/** What a text or an attribute of createrepo_c's documents says. */
export function decodeEntities(text: string): string {
  return text.replace(/&(?:#x([\da-f]{1,6})|#(\d{1,7})|(lt|gt|amp|quot|apos));/gi, (whole, ...found: unknown[]) => {
    const [hex, decimal, name] = found as readonly (string | undefined)[];
    if (name !== undefined) return NAMED[name] ?? whole;
    const point = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    return point <= HIGHEST_CODE_POINT ? String.fromCodePoint(point) : whole;
  });
}

/**
 * The ways in which createrepo_c writes an attribute, in UTF-8. A file called `ü.rpm` has the place `&#xFC;.rpm` where its
 * libxml2 writes attributes in ASCII, and `ü.rpm` where it is a newer one (2.14 of Debian sid); of most places both are one.
 */
export function attributeSpellings(text: string): readonly Buffer[] {
  const numbered = text.replace(/[&<>"]|[^\x20-\x7e]/gu, (one) => WRITTEN[one] ?? `&#x${codeOf(one)};`);
  const plain = text.replace(/[&<>"]|[^\x20-\x7e\xa0-\u{10ffff}]/gu, (one) => WRITTEN[one] ?? `&#x${codeOf(one)};`);
  return [...new Set([numbered, plain])].map((spelling) => Buffer.from(spelling));
}

function codeOf(character: string): string {
  return (character.codePointAt(0) ?? 0).toString(16).toUpperCase();
}
