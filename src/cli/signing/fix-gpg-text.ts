import type { ResignStatus } from '../../contracts/signing/resign.js';

/** The progress in one line for people. */
export function progressLine(status: ResignStatus): string {
  const { done, chroots, position, outcome } = status;
  const total = chroots.reduce((sum, { builds }) => sum + builds, 0);
  const left = done.failed === 0 ? '' : `, ${done.failed} builds left as they are`;
  const counts = `${done.builds} of ${total} builds, ${done.signed} packages signed${left}`;
  const problems = status.problems.map((problem) => `\n  ${problem}`).join('');
  if (outcome !== null)
    return `${outcome.result}: ${counts}${outcome.message === null ? '' : ` (${outcome.message})`}${problems}`;
  const where = chroots[position.chroot]?.chroot;
  const paused = status.paused === null ? '' : `, pause wanted by ${status.paused}`;
  return `${status.stage}${where === undefined ? '' : ` ${where}`}: ${counts}${paused}${problems}`;
}
