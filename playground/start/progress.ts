import type { OpenClient } from '../../src/starters/connect.js';
import { parseTaskReference } from '../../src/starters/task-reference.js';
import { reportTask, type TaskReport } from '../../src/starters/task-report.js';
import { outcomeText, tableLines, waitingText } from '../../src/cli/build/status-text.js';
import type { ExampleBuild } from './examples.js';
import type { BuildSummary } from './frontend-client.js';

/** One task of an example as shown by the launcher. */
export type TaskRow = {
  readonly example: string;
  readonly task: string;
  readonly stage: string;
  readonly host: string;
  /** The reason for which it waits; may be empty. */
  readonly note: string;
  readonly isOver: boolean;
};

const OVER = ['succeeded', 'failed', 'canceled', 'skipped'];
/** States in the frontend before the backend has the task. */
const NOT_OURS_YET = ['pending', 'waiting', 'importing'];

/** Every task of the examples' builds: its end according to the frontend, and its progress according to Temporal. */
export async function readProgress(
  open: OpenClient,
  builds: readonly ExampleBuild[],
  summaries: readonly BuildSummary[],
): Promise<readonly TaskRow[]> {
  const tasks = builds.flatMap((example) => {
    const summary = summaries.find(({ id }) => id === example.buildId);
    if (summary === undefined) return [];
    const source = [String(summary.id), summary.sourceState] as const;
    // If a source build does not succeed, there will be no other task.
    const chroots = ['failed', 'canceled'].includes(summary.sourceState) ? [] : Object.entries(summary.chrootStates);
    const all = [source, ...chroots.map(([chroot, state]) => [`${summary.id}-${chroot}`, state] as const)];
    return all.map(([task, state]) => ({ example: example.name, task, state }));
  });
  return Promise.all(tasks.map((task) => readRow(open, task)));
}

async function readRow(
  open: OpenClient,
  at: { readonly example: string; readonly task: string; readonly state: string },
): Promise<TaskRow> {
  const row = {
    example: at.example,
    task: at.task,
    stage: at.state,
    host: '',
    note: '',
    isOver: OVER.includes(at.state),
  };
  if (row.isOver || at.state === 'waiting' || at.state === 'importing') return row;
  const report = await ask(open, at.task);
  if (report?.status == null) return row;
  // The frontend may learn of the end a moment after the workflow has ended.
  const stage =
    report.status.stage === 'ended' ? (NOT_OURS_YET.includes(at.state) ? at.state : 'reporting') : report.status.stage;
  const host = 'host' in report.status ? (report.status.host ?? '') : '';
  return { ...row, stage, host, note: shortened(waitingText(report) ?? '') };
}

/** Why a task failed, according to its workflow. */
export async function failureReason(open: OpenClient, task: string): Promise<string | null> {
  return outcomeText((await ask(open, task))?.status ?? null);
}

async function ask(open: OpenClient, task: string): Promise<TaskReport | null> {
  const reference = parseTaskReference(task);
  return reference === null ? null : reportTask(open, reference).catch(() => null); // not started yet
}

/** Seconds since a row last changed its stage, for the table. */
export type StageClock = (row: TaskRow) => number;

/** Remembers when each task entered the stage it shows. */
export function createStageClock(now: () => number): StageClock {
  const entered = new Map<string, { readonly stage: string; readonly at: number }>();
  return (row) => {
    const known = entered.get(row.task);
    if (known?.stage === row.stage) return Math.round((now() - known.at) / 1000);
    entered.set(row.task, { stage: row.stage, at: now() });
    return 0;
  };
}

/** The live table. */
export function progressTable(rows: readonly TaskRow[], clock: StageClock): readonly string[] {
  const cells = rows.map((row) => [
    row.example,
    row.task,
    row.stage,
    row.host === '' ? '-' : row.host,
    row.isOver ? '' : `${clock(row)} s`,
    row.note,
  ]);
  return tableLines([['EXAMPLE', 'TASK', 'STAGE', 'HOST', '', ''], ...cells]);
}

/** One line per change, for output where no table can be redrawn. */
export function changeLines(before: readonly TaskRow[], rows: readonly TaskRow[]): readonly string[] {
  return rows.flatMap((row) => {
    const old = before.find(({ task }) => task === row.task);
    if (old?.stage === row.stage && old.host === row.host && (old.note === '') === (row.note === '')) return [];
    const host = row.host === '' ? '' : ` on ${row.host}`;
    const note = row.note === '' ? '' : `: waiting for ${row.note}`;
    return [`${row.example}  ${row.task}  ${row.stage}${host}${note}`];
  });
}

/** Output of a tool may be long; all of it is in the logs. */
function shortened(text: string): string {
  return text.length > 160 ? `${text.slice(0, 159)}…` : text;
}
