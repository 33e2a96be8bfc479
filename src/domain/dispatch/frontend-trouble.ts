import type { FrontendTrouble } from '../../contracts/dispatch/queue.js';
import { failureText } from '../../contracts/failures/failure-text.js';
import { oneLine } from '../plain-text.js';

/** Advice by failure code: what an operator should do about a frontend in trouble. */
const ADVICE: Readonly<Record<string, string>> = {
  FrontendUnavailable: 'see that the frontend runs and is reached at frontend_base_url; all goes on by itself then',
  FrontendRefused:
    "compare frontend_auth and frontend_base_url with the frontend's own settings; restart the workers after a change",
  FrontendTooOld: 'update the frontend, or go back to the version of this backend that speaks with it',
  TaskInvalid: 'report the answer that cannot be read, with the log of the poller',
  TemporalUnavailable: 'see that Temporal runs; all goes on by itself then',
};

const FAILING: Readonly<Record<FrontendTrouble['of'], string>> = {
  builds: 'the frontend cannot be asked for builds',
  actions: 'the frontend cannot be asked for actions',
  cancels: 'the frontend cannot be asked for cancel requests',
  reports: 'the frontend takes no reports',
};

/** One line for a person on call. */
export function frontendAdvice(code: string): string {
  return ADVICE[code] ?? 'read the log of the poller (`copr-backend worker poller` or `all`) and report it';
}

/**
 * One line: `the frontend cannot be asked for builds since …, 16 times in a row: FrontendRefused: …`. A dispatcher
 * knows only the last failure, and not which call failed.
 */
export function frontendTroubleText({ of, code, message, since, at, failures }: FrontendTrouble): string {
  const why = oneLine(failureText({ code, message }));
  if (since === null) return `trouble with the frontend over ${of}, last at ${at}: ${why}`;
  const often = failures === null || failures < 2 ? '' : `, ${failures} times in a row`;
  return `${FAILING[of]} since ${since}${often}: ${why}`;
}
