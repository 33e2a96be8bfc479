import type { OutsideSystem } from '../../contracts/failures/outside-systems.js';
import { failureText } from '../../contracts/failures/failure-text.js';
import { oneLine } from '../../domain/plain-text.js';
import type { Outage } from '../../starters/outages.js';
import { humanDuration } from '../text-for-people.js';

const NAMES: Readonly<Record<OutsideSystem, string>> = {
  frontend: 'the frontend',
  resalloc: 'Resalloc',
  builder: 'builders',
  signer: 'the signer',
  storage: 'the storage',
  repository: 'repository metadata',
  pulp: 'Pulp',
  backend: 'the backend itself',
};

/** Longest reason in a line. */
const MAX_WHY = 160;

/** One line for each system that is down: since when, how many tasks wait for it, and why. `now` in milliseconds. */
export function outageLines(outages: readonly Outage[], now: number): readonly string[] {
  return outages.map(({ system, since, tasks, isAtLeast, failure }) => {
    const from = since === null ? '' : ` since ${since} (${humanDuration(now - Date.parse(since))})`;
    const atLeast = isAtLeast ? 'at least ' : '';
    const count =
      tasks === 0 ? 'no running task waits' : `${atLeast}${tasks} ${tasks === 1 ? 'task waits' : 'tasks wait'}`;
    const why = oneLine(failureText(failure));
    const short = why.length > MAX_WHY ? `${why.slice(0, MAX_WHY)}…` : why;
    return `DOWN: ${NAMES[system]}${from}: ${count} for it: ${short}`;
  });
}

/** The same as JSON fields; none while nothing is down. */
export function outageJson(outages: readonly Outage[]): readonly object[] {
  return outages.length === 0 ? [] : [{ outages }];
}
