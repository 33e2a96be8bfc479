const WRITTEN: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/**
 * The ways in which createrepo_c writes an attribute, in UTF-8. A file called `ü.rpm` has the place `&#xFC;.rpm` if its
 * libxml2 writes attributes in ASCII, and `ü.rpm` if it is newer (2.14 of Debian sid); for most locations both are
 * equal.
 */
export function attributeSpellings(text: string): readonly Buffer[] {
  const numbered = text.replace(/[&<>"]|[^\x20-\x7e]/gu, (one) => WRITTEN[one] ?? `&#x${codeOf(one)};`);
  const plain = text.replace(/[&<>"]|[^\x20-\x7e\xa0-\u{10ffff}]/gu, (one) => WRITTEN[one] ?? `&#x${codeOf(one)};`);
  return [...new Set([numbered, plain])].map((spelling) => Buffer.from(spelling));
}

function codeOf(character: string): string {
  return (character.codePointAt(0) ?? 0).toString(16).toUpperCase();
}
