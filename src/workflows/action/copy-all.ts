import type { WorkList } from '../../contracts/action/action.js';
import {
  addCounts,
  NOTHING_COPIED,
  type CopiedSlice,
  type CopyCounts,
  type Slice,
} from '../../contracts/project/copies.js';
import type { FailureFact } from '../../contracts/failures/failure-codes.js';
import { sizeText } from '../../domain/size-text.js';
import { endOf } from '../end-of.js';
import type { ActionContext } from './execution.js';

/**
 * Builds in the first slice; each later slice is half as large again, so that the history of ten thousand builds stays
 * small.
 */
const FIRST_SLICE = 50;
const TOLD = 5;

/**
 * Copies a list of builds slice by slice, so that progress is visible; a cancel ends it within one batch of a slice.
 * Resolves with the failures, the first few by name: builds copied by then can be published.
 */
export async function copyAll(
  context: ActionContext,
  builds: WorkList<unknown>,
  copy: (slice: Slice) => Promise<CopiedSlice>,
): Promise<readonly FailureFact[]> {
  const count = builds.file === null ? builds.items.length : builds.file.count;
  let counts = NOTHING_COPIED;
  let atMost = FIRST_SLICE;
  const absent: string[] = [];
  const refused: FailureFact[] = [];
  let end: FailureFact | null = null;
  for (let next: number | null = count === 0 ? null : 0; next !== null; atMost = Math.ceil(atMost * 1.5)) {
    context.waitFor({ reason: 'copies', detail: `${next} of ${count} builds are copied${growth(counts)}` });
    let slice: CopiedSlice;
    try {
      slice = await copy({ first: next, atMost });
    } catch (error) {
      const { isCanceled, failure } = endOf(error);
      if (isCanceled) throw error;
      end = failure;
      break;
    }
    counts = addCounts(counts, slice);
    absent.push(...slice.absent.slice(0, TOLD - absent.length));
    for (const { build, failure } of slice.failures.slice(0, TOLD - refused.length))
      refused.push({ code: failure.code, message: `${build}: ${failure.message}` });
    next = slice.next;
  }
  context.note(summary(counts, absent));
  context.waitFor(null);
  const untold = counts.failed - refused.length;
  const [first] = refused;
  const others = first === undefined || untold <= 0 ? [] : [{ ...first, message: `and ${untold} more builds` }];
  return [...refused, ...others, ...(end === null ? [] : [end])];
}

function summary(counts: CopyCounts, absent: readonly string[]): string {
  const { copied, standing, missing, failed } = counts;
  const others = missing > absent.length ? ` and ${missing - absent.length} more` : '';
  return [
    `${copied} builds copied${growth(counts)}`,
    ...(standing === 0 ? [] : [`${standing} were there already`]),
    ...(missing === 0 ? [] : [`${missing} have no results in the source: ${absent.join(', ')}${others}`]),
    ...(failed === 0 ? [] : [`${failed} could not be copied`]),
  ].join('; ');
}

/** Disk space that the copies take. */
function growth({ bytes }: CopyCounts): string {
  return bytes === 0 ? '' : `, ${sizeText(bytes)} more on disk`;
}
