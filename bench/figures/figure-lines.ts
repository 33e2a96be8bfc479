/**
 * The figures as a table for people: `key value`, and for objects a grid with a column for each object and a row for
 * each inner key. An inner key of an inner object has both names: `secondsMax signing`.
 */
export function figureLines(figures: object): readonly string[] {
  const entries = Object.entries(figures);
  const nested = entries.flatMap(([key, value]) => (isObject(value) ? [[key, flat(value)] as const] : []));
  const plain = entries.filter(([, value]) => !isObject(value)).map(([key, value]) => [key, shown(value)]);
  const rows = [...new Set(nested.flatMap(([, inner]) => Object.keys(inner)))];
  const grid = rows.map((row) => [row, ...nested.map(([, inner]) => shown(inner[row]))]);
  const head = nested.length === 0 ? [] : [['', ...nested.map(([key]) => key)]];
  return [...columns(plain), ...columns([...head, ...grid])];
}

function flat(value: object): Readonly<Record<string, unknown>> {
  const entries = Object.entries(value).flatMap(([key, inner]): readonly (readonly [string, unknown])[] =>
    isObject(inner) ? Object.entries(flat(inner)).map(([rest, one]) => [`${key} ${rest}`, one]) : [[key, inner]],
  );
  return Object.fromEntries(entries);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function shown(value: unknown): string {
  return typeof value === 'number' || typeof value === 'string' ? String(value) : '-';
}

/** Aligns the first column left, the others right. */
function columns(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map((row) => (row[at] ?? '').length)));
  return rows.map((row) =>
    row.map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0))).join('  '),
  );
}
