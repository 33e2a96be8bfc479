import { readSuspects } from '../../adapters/ticket-clerk/read-suspects.js';
import type { TaskReport } from '../../starters/task-report.js';

/** Number of tickets that one line names. */
const NAMED = 20;

/** Resalloc tickets that may be open without an owner, or why that is not known. */
export type SuspectReport = {
  readonly tickets: readonly number[];
  readonly isCut: boolean;
  readonly silence: string | null;
};

/** Lost tickets known to this host, without those that belong to a task in `reports`. */
export async function reportSuspects(stateDir: string, reports: readonly TaskReport[]): Promise<SuspectReport> {
  const owned = new Set(reports.map(({ status }) => (status !== null && 'ticket' in status ? status.ticket : null)));
  try {
    const { tickets, isCut } = await readSuspects(stateDir);
    return { tickets: tickets.filter((ticket) => !owned.has(ticket)), isCut, silence: null };
  } catch (error) {
    return { tickets: [], isCut: false, silence: error instanceof Error ? error.message : String(error) };
  }
}

/** Lines for people; none if there are no suspects. */
export function suspectLines({ tickets, isCut, silence }: SuspectReport): readonly string[] {
  if (silence !== null) return [`whether tickets of this host were lost is not known: ${silence}`];
  if (tickets.length === 0) return [];
  const more = tickets.length > NAMED ? ` and ${tickets.length - NAMED} more` : '';
  return [
    `${tickets.length} Resalloc ticket${tickets.length === 1 ? '' : 's'} may be open without an owner: ${tickets.slice(0, NAMED).join(', ')}${more}`,
    '  An answer of Resalloc was lost, or this host crashed while it took a ticket. They may also be of other hosts:',
    "  on Resalloc's host, `resalloc ticket-check N` names the machine; if no running build of any host has it, `resalloc ticket-close N`.",
    ...(isCut ? ['  More ids are in question than were asked about.'] : []),
  ];
}

/** The same as JSON fields; none if there are no suspects. */
export function suspectJson({ tickets }: SuspectReport): readonly object[] {
  return tickets.length === 0 ? [] : [{ suspectTickets: tickets }];
}
