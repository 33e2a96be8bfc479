import type { MoveChroot, StorageMoveStatus } from '../../contracts/project/storage-move.js';
import { secondsLeft } from '../../domain/project/storage-move-forecast.js';
import { sizeText } from '../../domain/size-text.js';
import { humanDuration } from '../text-for-people.js';

/** The progress of a move in one line for people. `now`: milliseconds since the epoch. */
export function moveLine(status: StorageMoveStatus, now: number): string {
  const { stage, chroots, position, outcome } = status;
  const paused = status.paused === null ? '' : `, pause wanted by ${status.paused}`;
  const problems = status.problems.map((problem) => `\n  ${problem}`).join('');
  if (outcome !== null) return `${outcome.result}${outcome.message === null ? '' : ` (${outcome.message})`}${problems}`;
  if (stage === 'copying') {
    const place = chroots[position.chroot];
    const where = place === undefined ? '' : ` ${place.dirname}/${place.chroot}`;
    return `copying${where}: ${copiedText(status)}${leftText(secondsLeft(status, now))}${paused}${problems}`;
  }
  const until =
    stage === 'soaking' ? `: clients get it from Pulp; --undo is possible until ${status.soakUntil ?? ''}` : '';
  return `${stage}${until}${paused}${problems}`;
}

/** A line of a dry run; `there`: packages that Pulp has already. */
export function wouldMoveLine(owner: string, chroot: MoveChroot, there: number): string {
  const { dirname, packages, bytes } = chroot;
  const known = there === 0 ? '' : `; Pulp has ${there} of them`;
  return `${owner}/${dirname}/${chroot.chroot}: would move ${packages} packages, ${sizeText(bytes)}${known}`;
}

function copiedText({ chroots, done }: StorageMoveStatus): string {
  const packages = chroots.reduce((sum, one) => sum + one.packages, 0);
  const bytes = chroots.reduce((sum, one) => sum + one.bytes, 0);
  return `${done.packages} of ${packages} packages, ${sizeText(done.bytes)} of ${sizeText(bytes)}`;
}

function leftText(seconds: number | null): string {
  return seconds === null ? '' : `, about ${humanDuration(seconds * 1000)} left`;
}
