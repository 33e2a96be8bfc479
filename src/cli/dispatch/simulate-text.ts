import type { Limits } from '../../contracts/dispatch/dispatch.js';
import type { Trace } from '../../simulation/trace.js';
import { isCounted, type WaitRow, type Waits } from '../../simulation/waits.js';
import { humanDuration } from '../text-for-people.js';

/** The text below the options in `--help` of `simulate`. */
export const SIMULATE_HELP = `
Replays the builds that a poller recorded (key trace_file) through the dispatcher's own rules, in virtual time, and says how
long they waited: as recorded, with the limits that held then, and with the limits of another configuration.

  copr-backend simulate --trace trace.jsonl                     how close the simulation comes to the record
  copr-backend simulate --trace trace.jsonl --config new.conf   what the limits of new.conf would have changed
  copr-backend simulate --trace trace.jsonl.1 --trace trace.jsonl --config new.conf --owner @kernel --arch s390x

It contacts, starts and writes nothing. docs/operations.md lists what the simulation leaves out.

Exit status:
  0  simulated
  1  the trace cannot be read; the message names the line
  2  wrong usage
  5  the configuration is missing or has errors`;

/** Facts about the trace that a reader should know before the numbers. */
export function traceLines(trace: Trace, cutLines: readonly number[]): readonly string[] {
  const tasks = trace.tasks.filter((task) => isCounted(task, trace));
  const count = (is: (task: Trace['tasks'][number]) => boolean): number => trace.tasks.filter(is).length;
  const running = count(({ started }) => started !== null && started <= trace.from);
  const left = count((task) => task.left !== null);
  const open = count((task) => task.left === null && task.ended === null);
  return [
    `${tasks.length} builds of ${new Set(tasks.map(({ facts }) => facts.owner)).size} owners, ` +
      `${new Date(trace.from).toISOString()} to ${new Date(trace.to).toISOString()} (${humanDuration(trace.to - trace.from)})`,
    ...(running > 0 ? [`  ${running} more ran already when it began`] : []),
    ...(left > 0 ? [`  ${left} more left without having run`] : []),
    ...(open > 0
      ? [`  the end of ${open} is not in it; they are taken to last as long as others of their architecture`]
      : []),
    ...(cutLines.length > 0 ? [`  left out, for it is cut: line ${cutLines.join(', ')}`] : []),
  ];
}

/** The limits that differ, each on a line: `owner: 20 -> 40`. */
export function limitChanges(old: Limits, changed: Limits): readonly string[] {
  const keys = Object.keys(old) as (keyof Limits)[];
  const shown = (value: Limits[keyof Limits]): string => {
    if (value === null) return 'none';
    if (typeof value !== 'object') return String(value);
    const parts: readonly string[] = isNames(value)
      ? value
      : Object.entries(value).map(([name, limit]) => `${name}=${String(limit)}`);
    return parts.toSorted().join(', ') || 'none';
  };
  return keys.flatMap((key) => {
    const [before, after] = [shown(old[key]), shown(changed[key])];
    return before === after ? [] : [`  ${key}: ${before} -> ${after}`];
  });
}

function isNames(value: object): value is readonly string[] {
  return Array.isArray(value);
}

/** The requested rows: all architectures, and the first `top` owners. */
export function chooseRows(
  rows: readonly WaitRow[],
  wanted: { readonly owners: readonly string[]; readonly archs: readonly string[]; readonly top: number },
): readonly WaitRow[] {
  const named = wanted.owners.length + wanted.archs.length > 0;
  let owners = 0;
  return rows.filter(({ of, name }) => {
    if (of === 'all') return true;
    if (named) return (of === 'owner' ? wanted.owners : wanted.archs).includes(name);
    return of === 'arch' || ++owners <= wanted.top;
  });
}

const NAMES = { all: '', arch: 'arch ', owner: 'owner ' } as const;

/** A table: p50 / p95 of the waits, the difference last. */
export function waitTable(rows: readonly WaitRow[]): readonly string[] {
  const hasNew = rows.some((row) => row.new !== null);
  const head = [
    '',
    'builds',
    'recorded',
    hasNew ? 'simulated, old' : 'simulated',
    ...(hasNew ? ['new', 'difference'] : []),
  ];
  const cells = rows.map((row) => [
    `${NAMES[row.of]}${row.name}`,
    String(row.tasks),
    both(row.recorded),
    both(row.old),
    ...(row.new === null ? [] : [both(row.new), difference(row.old, row.new)]),
  ]);
  const widths = head.map((_, column) => Math.max(...[head, ...cells].map((row) => row[column]?.length ?? 0)));
  return [head, ...cells].map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}

function both(waits: Waits): string {
  if (waits.started === 0) return 'never';
  const never = waits.unstarted > 0 ? ` (${waits.unstarted} never)` : '';
  return `${humanDuration(waits.p50)} / ${humanDuration(waits.p95)}${never}`;
}

function difference(old: Waits, changed: Waits): string {
  if (old.started === 0 || changed.started === 0) return '-';
  const signed = (ms: number): string => {
    if (Math.abs(ms) < 500) return '=';
    return `${ms < 0 ? '-' : '+'}${humanDuration(Math.abs(ms))}`;
  };
  return `${signed(changed.p50 - old.p50)} / ${signed(changed.p95 - old.p95)}`;
}
