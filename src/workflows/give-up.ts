import { CancellationScope, condition } from '@temporalio/workflow';
import { wasCanceled } from './was-canceled.js';

/** What came of work that may be given up: its result, or null. */
export type Kept<T> = { readonly result: T } | null;

/**
 * Runs activities that may go on for days, and cancels them as soon as `isTooLong` is true; then what they do counts as
 * not done, unless they ended well all the same. Rejects with what they refuse by themselves, given up or not: those who
 * wait would only hear the same later. `isTooLong` may only read what events have changed.
 */
export async function unless<T>(isTooLong: () => boolean, work: () => Promise<T>): Promise<Kept<T>> {
  const scope = new CancellationScope();
  const ended: { how: (() => T) | null } = { how: null };
  void scope.run(work).then(
    (result) => (ended.how = () => result),
    (error: unknown) =>
      (ended.how = () => {
        throw error;
      }),
  );
  // A cancel of the workflow reaches the work by its own scope, and its end is waited for.
  return CancellationScope.nonCancellable(async () => {
    await condition(() => ended.how !== null || isTooLong());
    const isGivenUp = ended.how === null;
    if (isGivenUp) scope.cancel();
    await condition(() => ended.how !== null);
    try {
      return ended.how === null ? null : { result: ended.how() };
    } catch (error) {
      if (isGivenUp && wasCanceled(error)) return null;
      throw error;
    }
  });
}
