import { conclude, figuresLine } from '../conclude.js';
import type { Drill } from '../drill.js';
import { undone } from '../undone.js';
import { withOptions } from '../with-options.js';
import { shortfalls, type SoakOutcome } from './outcome.js';
import { runSoak } from './run-reconcile.js';
import { LONG, SHORT, type SoakSize } from './size.js';

/** For the start, and for the control at the end. */
const SPARE_SECONDS = 600;
const SHOWN = 20;

const HELP = `npm run drill -- reconcile [--short] [--json] [--keep]

${LONG.owners} owners submit ${LONG.builds} builds of ${LONG.repositories} repositories, cancel, delete, reschedule and regenerate, and nothing fails. Beside
them rounds of \`copr-backend reconcile --fix\` run without pause, with every check, for which time passes ${LONG.faster} times as fast:
what is under way for ${600 / LONG.faster} s counts as wrong for ten minutes. No round may change anything. Then a ticket is taken that
nobody has, and the same rounds must close it. About 30 minutes.

  --short     ${SHORT.builds} builds, time passes ${SHORT.faster} times as fast; about 3 minutes
  --json      the figures as one object
  --keep      leave the data directory with its logs, and say where it is
  --help      this text

Exit status: 0 the bar is met, 1 it is not, 2 wrong usage.
`;

/** `npm run drill -- reconcile`: the reconciler beside healthy load, which it must leave alone. */
export const reconcileDrill: Drill = {
  name: 'reconcile',
  summary: 'rounds of the reconciler beside busy users: whatever is well must be left alone',
  run: (args, say) =>
    withOptions(args, { help: HELP }, async ({ short, json, keep }) => {
      const size: SoakSize = short ? SHORT : LONG;
      const outcome = await undone(say, size.seconds + size.patience + SPARE_SECONDS, (run) =>
        runSoak(run, { size, keep }),
      );
      return conclude(outcome, { json, lines: linesOf(outcome), lacking: shortfalls(outcome, size), say });
    }),
};

function linesOf({ details, ...figures }: SoakOutcome): readonly string[] {
  return [figuresLine(figures), ...details.slice(0, SHOWN).map((line) => `  ${line}`)];
}
