import { cutToFit } from '../../contracts/bounded-text.js';
import type { MaintenanceOutcome } from '../../contracts/maintenance/maintenance.js';
import { plainLine } from '../../domain/plain-text.js';

const MAX_SUMMARY = 500;
const MAX_TROUBLES = 20;
const MAX_TROUBLE = 300;

/** Shows each thing that a round does, in one line for people: on a terminal, or in a log. */
export type Tell = (line: string) => void;

/** An outcome within the bounds of a history; if troubles are left out, the last line counts them. */
export function boundedOutcome(outcome: MaintenanceOutcome): MaintenanceOutcome {
  const { summary, troubles } = outcome;
  const shown = troubles.length > MAX_TROUBLES ? troubles.slice(0, MAX_TROUBLES - 1) : troubles;
  const left = troubles.length - shown.length;
  return {
    ...outcome,
    summary: cutToFit(plainLine(summary), MAX_SUMMARY),
    troubles: [
      ...shown.map((line) => cutToFit(plainLine(line), MAX_TROUBLE)),
      ...(left === 0 ? [] : [`and ${left} more`]),
    ],
  };
}
