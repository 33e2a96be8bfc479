import type { MaintenanceOutcome, MaintenanceRound } from '../../contracts/maintenance/maintenance.js';
import { adviceLines, adviseOn } from '../../domain/maintenance/ticket-advice.js';
import { pause } from '../../patience/pause.js';
import type { OpenTickets, TicketUse } from '../../ports/maintenance/tickets.js';
import { boundedOutcome, type Tell } from './outcome.js';

/** By then a build that has just taken a ticket has told its workflow so. */
const SECOND_LOOK_MS = 5000;
/** Looks at builds that are just taking a ticket, before the round gives up. */
const LOOKS = 6;
/** Further looks at builds that do not answer; each takes as long as their queries may. */
const SILENT_LOOKS = 1;

export type CheckTicketsDeps = {
  readonly resalloc: OpenTickets;
  readonly use: TicketUse;
  readonly tell: Tell;
  readonly pauseMs?: number;
};

/**
 * Names Resalloc tickets that no build has, with the command for each. A ticket counts as unknown only if no open build
 * has it at two looks, and all open builds answered: else the round says who did not, and names none.
 */
export function checkTickets(deps: CheckTicketsDeps): (round: MaintenanceRound) => Promise<MaintenanceOutcome> {
  const { resalloc, use, tell } = deps;
  return async ({ signal, progress }) => {
    progress('asking the builds for their tickets');
    const before = await use.look();
    progress('asking Resalloc for open tickets');
    const open = await resalloc.list([...before.used], signal);
    if (open.length === 0) {
      tell('no tickets taken');
      return boundedOutcome({ summary: 'no tickets taken', changed: 0, troubles: [] });
    }
    // Read after the list: whatever is in it was taken before, and its build knows it by now or soon.
    const { used, troubles } = await lookAgain(before.used, signal);
    if (troubles.length > 0) {
      const summary = `${open.length} tickets are open; which of them no build has is not known`;
      return boundedOutcome({ summary, changed: 0, troubles });
    }
    const needed = await use.neededOf(open.filter((ticket) => !used.has(ticket)));
    if (used.size + needed.size === 0) tell('no tickets used by copr-backend');
    const advice = adviseOn(open, new Set([...used, ...needed]));
    for (const line of adviceLines(advice)) tell(line);
    const summary = `${open.length} tickets are open; no build has ${advice.close.length + advice.check.length} of them`;
    return boundedOutcome({ summary, changed: 0, troubles: [] });
  };

  /** Until no build is just taking a ticket; the troubles say why it is not known. */
  async function lookAgain(
    before: ReadonlySet<number>,
    signal: AbortSignal,
  ): Promise<{ readonly used: ReadonlySet<number>; readonly troubles: readonly string[] }> {
    const used = new Set(before);
    for (let looks = 1; ; looks += 1) {
      await pause(deps.pauseMs ?? SECOND_LOOK_MS, signal);
      signal.throwIfAborted();
      const now = await use.look();
      for (const ticket of now.used) used.add(ticket);
      if (now.silent.length === 0 && now.taking.length === 0) return { used, troubles: [] };
      if (looks < (now.silent.length === 0 ? LOOKS : SILENT_LOOKS)) continue;
      const silent = now.silent.map(
        (id) => `${id} does not answer, so its ticket is not known: is its worker running?`,
      );
      const taking = now.taking.map((id) => `${id} is just taking a ticket: run this again later`);
      return { used, troubles: [...silent, ...taking] };
    }
  }
}
