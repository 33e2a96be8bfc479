/** A table in Markdown; `|` inside a cell is escaped. Prettier aligns it. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

export function codeList(names: readonly string[]): string {
  return names.map((name) => `\`${name}\``).join(', ');
}
