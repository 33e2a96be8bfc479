const NAMED: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };
const HIGHEST_CODE_POINT = 0x10ffff;

/**
 * The text that an XML text or attribute represents. The five names and numbers are decoded; any other reference is
 * left unchanged, because nothing that is read here may declare one.
 */
export function decodeEntities(text: string): string {
  return text.replace(/&(?:#x([\da-fA-F]{1,6})|#(\d{1,7})|(lt|gt|amp|quot|apos));/g, (whole, ...found: unknown[]) => {
    const [hex, decimal, name] = found as readonly (string | undefined)[];
    if (name !== undefined) return NAMED[name] ?? whole;
    const point = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    return point <= HIGHEST_CODE_POINT ? String.fromCodePoint(point) : whole;
  });
}
