import { FAULTS } from './faults.js';
import type { MatrixResult } from './run-matrix.js';
import { STAGES } from './stages.js';

export const BEGIN_MARK = '<!-- begin: written by `npm run drill -- matrix` -->';
export const END_MARK = '<!-- end: written by `npm run drill -- matrix` -->';

/** The outcomes as a table for people: how long a build made no progress after the fault's end. */
export function outcomeTable({ outcomes, skipped }: MatrixResult): string {
  const faults = FAULTS.filter(({ name }) => outcomes.some(({ fault }) => fault === name));
  const stages = STAGES.filter(({ name }) => outcomes.some(({ stage }) => stage === name));
  const rows = stages.map((stage) => [
    stage.title,
    ...faults.map((fault) => {
      const outcome = outcomes.find((one) => one.fault === fault.name && one.stage === stage.name);
      if (outcome === undefined) return '';
      if (outcome.problems.length > 0) return `**wrong**: ${outcome.problems[0] ?? ''}`.replaceAll('|', '\\|');
      return `${outcome.recoverySeconds} s${outcome.anotherBuilder ? ', again' : ''}`;
    }),
  ]);
  const lasted = [
    '_the fault lasted_',
    ...faults.map(({ name }) => `_${outcomes.find(({ fault }) => fault === name)?.faultSeconds ?? 0} s_`),
  ];
  const table = markdownTable([['the build was …', ...faults.map(({ title }) => title)], ...rows, lasted]);
  const left = Object.entries(skipped).map(([name, why]) => `\nLeft out: ${name} (${why}).`);
  return [table, ...left].join('\n');
}

/** Replaces the table between its marks on a page. Throws if the marks are missing. */
export function withTable(page: string, table: string): string {
  const [from, to] = [page.indexOf(BEGIN_MARK), page.indexOf(END_MARK)];
  if (from < 0 || to < from) throw new Error(`the page has no ${BEGIN_MARK} … ${END_MARK}`);
  return `${page.slice(0, from)}${BEGIN_MARK}\n\n${table}\n\n${page.slice(to)}`;
}

/** Columns as wide as their widest cell, like prettier's. */
function markdownTable(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(3, ...rows.map((row) => (row[column] ?? '').length)));
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - cell.length)).join(' | ')} |`;
  const [head = [], ...body] = rows;
  return [line(head), `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...body.map(line)].join('\n');
}
