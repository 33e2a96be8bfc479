import { setTimeout as sleep } from 'node:timers/promises';
import type { OpenClient } from '../../src/starters/connect.js';
import type { ExampleBuild } from './examples.js';
import type { BuildSummary, FrontendClient } from './frontend-client.js';
import { changeLines, createStageClock, progressTable, readProgress, type TaskRow } from './progress.js';
import type { Terminal } from './terminal.js';

/** Shows the examples' stages until all have ended; throws at the deadline, naming what it still waits for. */
export async function watchExamples(input: {
  readonly open: OpenClient;
  readonly frontend: FrontendClient;
  readonly builds: readonly ExampleBuild[];
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
  /** Milliseconds since 1970; null: no deadline. */
  readonly deadline: number | null;
}): Promise<readonly BuildSummary[]> {
  const clock = createStageClock(() => Date.now());
  let shown: readonly TaskRow[] = [];
  let summaries: readonly BuildSummary[] = [];
  for (;;) {
    summaries = await input.frontend.builds().catch(() => summaries); // the supervisor restarts a silent server
    const rows = await readProgress(input.open, input.builds, summaries);
    if (!input.terminal.isLive) for (const line of changeLines(shown, rows)) input.terminal.say(line);
    input.terminal.showTable(progressTable(rows, clock));
    shown = rows;
    if (areOver(input.builds, summaries)) {
      input.terminal.keepTable();
      return summaries;
    }
    if (input.deadline !== null && Date.now() > input.deadline) throw new Error(lateText(rows));
    await sleep(500, undefined, { signal: input.signal });
  }
}

function areOver(builds: readonly ExampleBuild[], summaries: readonly BuildSummary[]): boolean {
  return builds.every(({ buildId }) => summaries.find(({ id }) => id === buildId)?.over === true);
}

function lateText(rows: readonly TaskRow[]): string {
  const open = rows.filter((row) => !row.isOver);
  const lines = open.map((row) => {
    const host = row.host === '' ? '' : ` on ${row.host}`;
    return `  ${row.example}: task ${row.task} is at '${row.stage}'${host}${row.note === '' ? '' : `, waiting for ${row.note}`}`;
  });
  return ['the examples did not end in time:', ...lines].join('\n');
}
