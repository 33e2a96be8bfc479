import type { BatchResult, ToolVersions } from './protocol.js';
import { TOOLS } from './tool-versions.js';

/** The result of one column. */
export type TargetResult = {
  readonly name: string;
  readonly versions: ToolVersions;
  /** By the name of a batch: its requested files, in order. */
  readonly asked: readonly string[];
  readonly batches: ReadonlyMap<string, BatchResult>;
  /** Why it did not run at all, or not to its end. */
  readonly fault: { readonly kind: 'skipped' | 'failed'; readonly reason: string } | null;
};

export type Counts = { readonly passed: number; readonly failed: number; readonly skipped: number };

/**
 * All tests of all columns. Requested batches that did not run are counted: as skipped if nobody here can help it,
 * otherwise as failed.
 */
export function countsOf(results: readonly TargetResult[]): Counts {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const { asked, batches, fault } of results) {
    for (const { passed, failed, skipped } of batches.values()) {
      counts.passed += passed;
      counts.failed += failed;
      counts.skipped += skipped;
    }
    const missing = asked.filter((name) => !batches.has(name)).length;
    if (fault?.kind === 'skipped') counts.skipped += missing;
    else counts.failed += Math.max(missing, fault === null ? 0 : 1);
  }
  return counts;
}

/** The line that a counter of results parses. */
export function closingLine({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed${skipped === 0 ? '' : `, ${skipped} skipped`}`;
}

/** Every failed test, with its message. */
export function failureLines(results: readonly TargetResult[]): readonly string[] {
  return results.flatMap(({ name, batches }) =>
    [...batches].flatMap(([batch, { failures }]) =>
      failures.flatMap(({ title, message }) => [
        `${name}: ${batch}: ${title}`,
        ...message.split('\n').map((line) => `    ${line}`),
        '',
      ]),
    ),
  );
}

/** One line for each column that did not run, or not to its end. */
export function faultLines(results: readonly TargetResult[]): readonly string[] {
  return results.flatMap(({ name, fault }) => (fault === null ? [] : [`${name} ${fault.kind}: ${fault.reason}`]));
}

/** Markdown: first the tools' versions, then the result of each file, a column for each host. */
export function tableLines(results: readonly TargetResult[]): readonly string[] {
  const tools = TOOLS.map(([name]) => name).filter((name) => results.some(({ versions }) => name in versions));
  const batches = [...new Set(results.flatMap(({ asked }) => asked))];
  const rows = [
    ['', ...results.map(({ name }) => name)],
    ...tools.map((tool) => [tool, ...results.map(({ versions }) => versions[tool] ?? '-')]),
    ...batches.map((name) => [`\`${name}\``, ...results.map((result) => cell(result, name))]),
  ];
  const widths = (rows[0] ?? []).map((_, column) => Math.max(3, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    `| ${row.map((text, column) => text.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const [head = [], ...body] = rows;
  return [line(head), `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...body.map(line)];
}

function cell({ asked, batches, fault }: TargetResult, name: string): string {
  const result = batches.get(name);
  if (result !== undefined) {
    const rest = [
      ...(result.failed === 0 ? [] : [`**${result.failed} failed**`]),
      ...(result.skipped === 0 ? [] : [`${result.skipped} skipped`]),
    ];
    return [`${result.passed} passed`, ...rest].join(', ');
  }
  if (!asked.includes(name)) return '';
  return fault?.kind === 'skipped' ? 'skipped' : '**did not run**';
}
