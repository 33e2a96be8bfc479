import type { StorageMoveStatus } from '../../contracts/project/storage-move.js';

/**
 * Seconds until everything is copied, at the speed so far; null: it is not copying, or nothing is known yet. By bytes,
 * and by packages where there are no bytes.
 */
export function secondsLeft(status: StorageMoveStatus, now: number): number | null {
  const { stage, copyingSince, chroots, done } = status;
  if (stage !== 'copying' || copyingSince === null) return null;
  const total = (of: 'bytes' | 'packages'): number => chroots.reduce((sum, one) => sum + one[of], 0);
  const by = total('bytes') > 0 ? 'bytes' : 'packages';
  const spent = (now - Date.parse(copyingSince)) / 1000;
  if (done[by] === 0 || spent <= 0) return null;
  return Math.round((Math.max(0, total(by) - done[by]) * spent) / done[by]);
}
