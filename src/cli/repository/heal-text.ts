import type { Healing } from '../../starters/heal-repositories.js';

/** One line for people. */
export function healingLine({ repository, devel, damage, outcome, failure }: Healing): string {
  const { owner, dirname, chroot } = repository;
  const place = `${owner}/${dirname}/${chroot}${devel ? '/devel' : ''}`;
  const what = {
    damaged: 'would be rebuilt',
    healed: 'rebuilt',
    held: 'held by an operator: `repo release` it first',
    failed: `could not be rebuilt: ${failure ?? ''}`,
  }[outcome];
  return `${place}: ${what}; ${damage}`;
}
