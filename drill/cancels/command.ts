import { conclude, figuresLine } from '../conclude.js';
import type { Drill } from '../drill.js';
import { undone } from '../undone.js';
import { withOptions } from '../with-options.js';
import { shortfalls, type CancelsOutcome } from './outcome.js';
import { runCancels } from './run-cancels.js';

const AT_ONCE = 20;
const SHORT = 3;
const MAX_SECONDS = 1800;
const SHOWN = 20;

const HELP = `npm run drill -- cancels [--short] [--json] [--keep]

${AT_ONCE} builds are canceled in each stage: waiting, starting, building, kept for their users, signing, publishing. Frontend,
results tree, repository and Temporal must say the same of each; none may end as failed after its cancel was confirmed, and
none that was canceled may be public. One waiting build's cancel is refused for ever meanwhile. About 2 minutes.

  --short     ${SHORT} builds in each stage; about a minute
  --json      the figures as one object
  --keep      leave the data directory with its logs, and say where it is
  --help      this text

Exit status: 0 the bar is met, 1 it is not, 2 wrong usage.
`;

/** `npm run drill -- cancels`: users change their mind, wherever their builds are. */
export const cancelsDrill: Drill = {
  name: 'cancels',
  summary: 'builds are canceled in every stage, and all sides must agree on what became of them',
  run: (args, say) =>
    withOptions(args, { help: HELP }, async ({ short, json, keep }) => {
      const atOnce = short ? SHORT : AT_ONCE;
      const outcome = await undone(say, MAX_SECONDS, (run) => runCancels(run, { atOnce, keep }));
      return conclude(outcome, { json, lines: linesOf(outcome), lacking: shortfalls(outcome, atOnce), say });
    }),
};

function linesOf({ stages, details, ...figures }: CancelsOutcome): readonly string[] {
  return [
    ...Object.entries(stages).map(([stage, { canceled, ended, slowestConfirmation }]) => {
      const ends = Object.entries(ended).map(([state, count]) => `${count} ${state}`);
      return `${stage}: ${canceled} canceled, ended as ${ends.join(', ')}; slowest confirmation ${slowestConfirmation} s`;
    }),
    figuresLine(figures),
    ...details.slice(0, SHOWN).map((line) => `  ${line}`),
  ];
}
