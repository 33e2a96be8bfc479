import { DefaultLogger, Runtime } from '@temporalio/worker';
import { conclude, figuresLine } from '../conclude.js';
import type { Drill } from '../drill.js';
import { undone } from '../undone.js';
import { UsageProblem, withOptions } from '../with-options.js';
import { LONG_LIVED } from './long-lived.js';
import { shortfalls, type StormOutcome } from './outcome.js';
import { runStorm } from './run-storm.js';
import { LONG, SHORT } from './size.js';

const SHOWN = 10;
/** Added to the total of all waits in a storm, so that a drill that hangs still ends. */
const SPARE_SECONDS = 600;

const HELP = `npm run drill -- storm [--short] [--json] [--seed N] [--keep]

Everything at once: ${LONG.builds} builds of ${LONG.owners} owners in ${LONG.repositories} repositories (some from sources, some that fail), while two
workers are killed every few seconds, all that runs is asked once a second, users cancel builds at every stage and
reschedule them, the frontend is slow and refuses single ids, pollers come back with other limits, and Temporal is
stopped for ${LONG.outage / 60} minutes. Then it has to be as without: see test/README.md. About 35 minutes.

  --short     ${SHORT.builds} builds in ${SHORT.repositories} repositories, Temporal stopped for ${SHORT.outage / 60} minute; about 4 minutes
  --json      the figures as one object, with what is wrong under "details"
  --seed N    the same draws as an earlier storm (what happens when is not the same)
  --keep      leave the data directory with its logs, and say where it is
  --help      this text

Exit status: 0 the bar is met, 1 it is not, 2 wrong usage.
`;

/** `npm run drill -- storm`: every fault at once on a whole installation, without any consequence. */
export const stormDrill: Drill = {
  name: 'storm',
  summary: 'everything at once: hundreds of builds, kills, queries, cancels, a bad frontend, Temporal away, new limits',
  run: (args, say) =>
    withOptions(args, { help: HELP, texts: ['seed'] }, async ({ short, json, keep }, texts) => {
      const seed = seedOf(texts['seed']);
      const size = short ? SHORT : LONG;
      // The workers that replay report only errors: progress is the drill's own.
      const logger = new DefaultLogger('ERROR');
      Runtime.install({ logger, telemetryOptions: { logging: { filter: 'ERROR', forward: {} } } });
      const outcome = await undone(say, size.before + size.outage + size.after + size.calm + SPARE_SECONDS, (run) =>
        runStorm(run, { size, seed, keep }),
      );
      return conclude(outcome, { json, lines: linesOf(outcome), lacking: shortfalls(outcome, size), say });
    }),
};

function seedOf(text = String(Date.now() % 1_000_000)): number {
  if (!/^\d{1,9}$/.test(text)) throw new UsageProblem(`--seed takes a number, not '${text}'`);
  return Number(text);
}

function linesOf(outcome: StormOutcome): readonly string[] {
  const { details, seen, beganAnew, ...figures } = outcome;
  const anew = LONG_LIVED.map((type) => `${type} ${beganAnew[type]}`);
  const wrong = Object.entries(details).flatMap(([name, lines]) => [
    ...lines.slice(0, SHOWN).map((line) => `  ${name}: ${line}`),
    ...(lines.length > SHOWN ? [`  ${name}: … and ${lines.length - SHOWN} more`] : []),
  ]);
  return [
    figuresLine(figures),
    `continued as new: ${anew.join(', ')}`,
    `${String(seen['histories'])} histories, ${String(seen['seconds'])} s, seed ${String(seen['seed'])}`,
    ...wrong,
  ];
}
