import { humanDuration } from '../text-for-people.js';
import { ok, failed, skipped, warning, type Verdict } from './check.js';

/** Headers have whole seconds, and answers take time. */
const UNNOTICED_MS = 5000;
/** From here on certificates, signatures and ages of files are judged wrongly. */
const WRONG_MS = 60_000;

/** Judges the difference between a neighbour's clock and ours, in ms; null: the neighbour does not tell the time. */
export function clockVerdict(about: string, aheadMs: number | null): Verdict {
  if (aheadMs === null) return skipped(about, 'it does not tell its time');
  const apart = Math.abs(aheadMs);
  if (apart <= UNNOTICED_MS) return ok(about, 'agrees with the clock of this host');
  const message = `is ${humanDuration(apart)} ${aheadMs > 0 ? 'ahead of' : 'behind'} the clock of this host`;
  const remedy = 'timedatectl on both hosts shows which is wrong; there: timedatectl set-ntp true, or chronyc makestep';
  return apart > WRONG_MS ? failed(about, message, remedy) : warning(about, message, remedy);
}
