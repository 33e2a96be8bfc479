import { z } from 'zod';
import { cutToFit } from '../../../contracts/bounded-text.js';
import type { ActionRequest, RequestedAction } from '../../../ports/action/requested-action.js';
import { storeOfNumber } from '../../../contracts/store-kind.js';
import { PortFailure } from '../../../ports/port-failure.js';
import type { ActionRecord } from './action-record.js';
import { readFork, readRawhideToRelease, readRename } from './copies.js';
import { readDelete, readRemoveDirs } from './deletes.js';
import { readComps, readCreaterepo, readKey, readModule } from './metadata.js';

/** By the number of the type (docs/neighbours/frontend.md#actions). */
const READERS: Readonly<Record<number, (record: ActionRecord) => ActionRequest>> = {
  0: readDelete,
  1: readRename,
  2: () => ({ type: 'legalFlag' }),
  3: readCreaterepo,
  4: readComps,
  5: readKey,
  6: readRawhideToRelease,
  7: readFork,
  8: () => ({ type: 'updateModule' }),
  9: readModule,
  10: () => ({ type: 'cancelBuild' }),
  11: readRemoveDirs,
};

/** In the data of most types (docs/neighbours/frontend.md#numbers). */
const Stored = z.object({ storage: z.unknown() });
/** Bytes of a refusal: a record may have a hundred thousand wrong names. */
const MAX_REFUSAL = 500;

/**
 * The request of a record, with complete lists of any length. Throws PortFailure: `TaskInvalid`, with the reason on one
 * line, for data that does not fit the type; `ActionUnsupported` for a type that nobody knows.
 */
export function requestedAction(record: ActionRecord): RequestedAction {
  const { id, typeNumber } = record;
  const read = READERS[typeNumber];
  if (read === undefined)
    throw new PortFailure('ActionUnsupported', `action type ${typeNumber} is not known to this backend`);
  try {
    return { id, store: storeOfNumber(Stored.safeParse(record.data).data?.storage), request: read(record) };
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error;
    const message = `the data of action ${id} does not fit: ${z.prettifyError(error).replaceAll('\n', ' ')}`;
    throw new PortFailure('TaskInvalid', cutToFit(message, MAX_REFUSAL), { cause: error });
  }
}
