import { conclude, figuresLine } from '../conclude.js';
import type { Drill } from '../drill.js';
import { undone } from '../undone.js';
import { withOptions } from '../with-options.js';
import { shortfalls, type QueueOutcome } from './outcome.js';
import { runQueue } from './run-queue.js';
import { LONG, SHORT } from './size.js';

const MAX_SECONDS = 2400;
const SHOWN = 20;

const HELP = `npm run drill -- queue [--short] [--json] [--keep]

${LONG.owners} owners submit ${LONG.builds} builds of ${LONG.repositories} repositories, more than limits let run; they cancel, delete, and running ones are
rescheduled. Twice the frontend is away for ${LONG.outage} s: first connections break, then nothing is answered. At the end frontend,
results tree, repositories and Temporal must say the same of each build, nothing may be left of deleted ones, and no ticket
open. About 8 minutes.

  --short     ${SHORT.builds} builds; about 2 minutes
  --json      the figures as one object
  --keep      leave the data directory with its logs, and say where it is
  --help      this text

Exit status: 0 the bar is met, 1 it is not, 2 wrong usage.
`;

/** `npm run drill -- queue`: a busy day, and a comparison of all sides in the evening. */
export const queueDrill: Drill = {
  name: 'queue',
  summary: 'a busy queue with cancels, reschedules, deletes and two outages of the frontend; all sides must agree',
  run: (args, say) =>
    withOptions(args, { help: HELP }, async ({ short, json, keep }) => {
      const size = short ? SHORT : LONG;
      const outcome = await undone(say, MAX_SECONDS, (run) => runQueue(run, { size, keep }));
      return conclude(outcome, { json, lines: linesOf(outcome), lacking: shortfalls(outcome), say });
    }),
};

function linesOf({ details, ...figures }: QueueOutcome): readonly string[] {
  return [figuresLine(figures), ...details.slice(0, SHOWN).map((line) => `  ${line}`)];
}
