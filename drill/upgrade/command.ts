import { DefaultLogger, Runtime } from '@temporalio/worker';
import { conclude, figuresLine } from '../conclude.js';
import type { Drill } from '../drill.js';
import { undone } from '../undone.js';
import { withOptions } from '../with-options.js';
import { shortfalls, type UpgradeOutcome } from './outcome.js';
import { runUpgrade } from './run-upgrade.js';
import { LONG, RAMP_PERCENT, SHORT } from './size.js';

const MAX_SECONDS = 3600;
const SHOWN = 20;

const HELP = `npm run drill -- upgrade [--short] [--json] [--keep]

${LONG.long} builds run while a version comes whose workflows differ: a step is inserted, a field is added to what long-lived
workflows pass on. It gets ${RAMP_PERCENT} % of ${LONG.ramp} builds, then all; the old version is made current again in between; at last it is
drained and stopped. No build may be lost or begin twice, and no workflow may come to a version that does not know it.

  --short     ${SHORT.long} builds run, and ${SHORT.ramp} begin during the ramp; about two minutes
  --json      the figures as one object
  --keep      leave the data directory with its logs, and say where it is
  --help      this text

Exit status: 0 the bar is met, 1 it is not, 2 wrong usage.
`;

/** `npm run drill -- upgrade`: versions of the workers change while builds run. */
export const upgradeDrill: Drill = {
  name: 'upgrade',
  summary: 'a version with other workflows comes while builds run: ramp, all, back, forth, and the old one is stopped',
  run: (args, say) =>
    withOptions(args, { help: HELP }, async ({ short, json, keep }) => {
      const size = short ? SHORT : LONG;
      // The workers that replay report only errors: progress is the drill's own.
      const logger = new DefaultLogger('ERROR');
      Runtime.install({ logger, telemetryOptions: { logging: { filter: 'ERROR', forward: {} } } });
      const outcome = await undone(say, MAX_SECONDS, (run) => runUpgrade(run, { size, keep }));
      return conclude(outcome, { json, lines: linesOf(outcome), lacking: shortfalls(outcome), say });
    }),
};

function linesOf({ details, onNew, takenOver, ...figures }: UpgradeOutcome): readonly string[] {
  return [
    figuresLine(figures),
    ...Object.entries(onNew).map(
      ([phase, { builds, onNew: count }]) => `${phase}: ${count} of ${builds} on the new one`,
    ),
    `long-lived runs taken over: ${takenOver.byNew} by the new version, ${takenOver.byOld} by the old one`,
    ...details.slice(0, SHOWN).map((line) => `  ${line}`),
  ];
}
