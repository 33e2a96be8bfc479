import { plainJson } from '../domain/plain-text.js';
import type { OpenClient } from '../starters/connect.js';
import { followRun, type SteeredRun } from '../starters/steered-run.js';
import { printError, printLines, printText } from './printing.js';

/** How a run is shown. */
export type ShownRun<S> = {
  /** For people, of one or more lines. */
  readonly text: (status: S) => string;
  /** Only the last status is printed, as one JSON object. */
  readonly json: boolean;
  /** Enough to end with, although the run goes on. */
  readonly isEnough?: (status: S) => boolean;
};

/** Says that a run was told to do something. */
export function steeredText(what: 'pause' | 'resume' | 'cancel' | 'undo'): string {
  return what === 'resume' ? 'goes on' : `${what} requested`;
}

/**
 * Follows the run to its end: prints its text at each progress, and on standard error that no worker answers. Returns
 * the last status; throws as `followRun`.
 */
export async function watchRun<S extends { readonly outcome: unknown }>(
  open: OpenClient,
  run: SteeredRun<S>,
  { text, json, isEnough }: ShownRun<S>,
): Promise<S> {
  let last = '';
  const moved = (status: S): void => {
    const now = text(status);
    if (now !== last && !json) printText(now);
    last = now;
  };
  const unanswered = ({ message }: Error): void => printError(message);
  const end = await followRun(open, run, { moved, unanswered }, isEnough);
  if (json) printLines([plainJson(end)]);
  return end;
}
