/** The figures as a table for people: `key  value`, one level of nesting as a grid with a row for each inner key. */
export function figureLines(figures: object): readonly string[] {
  const entries = Object.entries(figures);
  const nested = entries.filter((entry): entry is [string, Record<string, unknown>] => isObject(entry[1]));
  const plain = entries.filter(([, value]) => !isObject(value)).map(([key, value]) => [key, shown(value)]);
  const rows = [...new Set(nested.flatMap(([, inner]) => Object.keys(inner)))];
  const grid = rows.map((row) => [row, ...nested.map(([, inner]) => shown(inner[row]))]);
  const head = nested.length === 0 ? [] : [['', ...nested.map(([key]) => key)]];
  return [...columns(plain), ...columns([...head, ...grid])];
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

function shown(value: unknown): string {
  return typeof value === 'number' || typeof value === 'string' ? String(value) : '-';
}

/** The first column to the left, the others to the right. */
function columns(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map((row) => (row[at] ?? '').length)));
  return rows.map((row) =>
    row.map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0))).join('  '),
  );
}
