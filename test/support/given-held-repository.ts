import type { RepositoryInput } from '../../src/contracts/inputs.js';
import type { Requester } from '../../src/contracts/messages.js';
import { NOBODY } from '../../src/domain/repository/publication-pace.js';
import { givenPublished } from './fake-activities.js';
import { SHORT } from './workflow-rig.js';

const HOLD = { generation: '17', since: '2026-11-22T20:00:00.000Z', by: 'root', reason: 'broken' };

/** The input of a repository that an operator holds at a generation, and that keeps these requests back. */
export function heldRepository(
  given: Pick<RepositoryInput, 'storage'> & Partial<RepositoryInput>,
  held: readonly Requester[],
): RepositoryInput {
  return {
    repository: { owner: 'jdoe', dirname: 'hello', chroot: 'custom-1-x86_64' },
    durations: SHORT,
    carried: {
      mail: { waiting: [], held, words: [], answered: [], alone: [] },
      ...{ runs: 3, crowd: NOBODY, collectAt: null, lastFailure: null },
      lastPublished: { ...givenPublished({ hold: HOLD }), at: HOLD.since },
    },
    ...given,
  };
}
