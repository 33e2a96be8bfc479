import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { markdownTable } from './markdown-table.js';

const DIRECTORY = fileURLToPath(new URL('../../docs/decisions/', import.meta.url));

export type Decision = {
  readonly file: string;
  readonly title: string;
  readonly date: string;
  readonly status: string;
};

/** The records by number, with title, date and the first word of their status. */
export function decisionTable(): string {
  const files = readdirSync(DIRECTORY).filter((file) => /^\d/.test(file));
  const rows = files.sort().map((file) => {
    const { title, date, status } = decisionOf(file, readFileSync(DIRECTORY + file, 'utf8'));
    return [`[${file.slice(0, 4)}](${file})`, date, status, title];
  });
  return markdownTable(['record', 'date', 'status', 'decision'], rows);
}

/**
 * Reads the first lines of a record, `# 0001 <the decision>` and `Date: 2026-11-22. Status: accepted.` Throws if they
 * have another form.
 */
export function decisionOf(file: string, text: string): Decision {
  const [, number, title] = /^# (\d{4}) (\S.*)\n/.exec(text) ?? [];
  const [, date, status] = /^Date: (\d{4}-\d\d-\d\d)\. Status: (accepted|replaced)\b/m.exec(text) ?? [];
  if (title === undefined || date === undefined || status === undefined || number !== file.slice(0, 4)) {
    throw new Error(`${file} lacks its number and title, its date or its status`);
  }
  return { file, title, date, status };
}
