import { conclude, figuresLine } from '../conclude.js';
import type { Drill } from '../drill.js';
import { undone } from '../undone.js';
import { countOf, withOptions } from '../with-options.js';
import { shortfalls, type TicketsOutcome } from './outcome.js';
import { runTickets } from './run-tickets.js';

const KILLS = 200;
const SHORT = 4;
const MAX_KILLS = 10_000;
const SECONDS_A_KILL = 30;
const SECONDS_BESIDE = 900;

const HELP = `npm run drill -- tickets [--kills N] [--short] [--json] [--keep]

The worker's process group is killed (SIGKILL) in the middle of taking a ticket, ${KILLS} times, spread over the call to the
pool, its answer, the note of the id and the first heartbeat. At the end the pool's own state is compared with what builds have: no
ticket may be open that no build has. About 20 minutes.

  --kills N   so many kills
  --short     ${SHORT} kills
  --json      the figures as one object
  --keep      leave the data directory with its logs, and say where it is
  --help      this text

Exit status: 0 the bar is met, 1 it is not, 2 wrong usage.
`;

/** `npm run drill -- tickets`: workers die while they take tickets. */
export const ticketsDrill: Drill = {
  name: 'tickets',
  summary: 'workers are killed while they take tickets, and none of these may be lost',
  run: (args, say) =>
    withOptions(args, { help: HELP, texts: ['kills'] }, async ({ short, json, keep }, texts) => {
      const kills = readKills(texts['kills'], short ? SHORT : KILLS);
      const seconds = SECONDS_BESIDE + kills * SECONDS_A_KILL;
      const outcome = await undone(say, seconds, (run) => runTickets(run, { kills, keep }));
      return conclude(outcome, { json, lines: linesOf(outcome), lacking: shortfalls(outcome, kills), say });
    }),
};

function readKills(text: string | undefined, usual: number): number {
  if (text === undefined) return usual;
  return countOf('--kills', text, MAX_KILLS);
}

function linesOf({ at, leakedTickets, ...figures }: TicketsOutcome): readonly string[] {
  return [
    figuresLine(figures),
    `kills by moment: ${figuresLine(at)}`,
    ...(leakedTickets.length === 0 ? [] : [`leaked: ${leakedTickets.join(', ')}`]),
  ];
}
