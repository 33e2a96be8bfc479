import { CancellationScope, condition } from '@temporalio/workflow';
import { wasCanceled } from './was-canceled.js';

/** The result of work that may be given up; null: it was. */
export type Kept<T> = { readonly result: T } | null;

/**
 * Runs activities that may take days, and cancels them as soon as `isTooLong` is true; their work then counts as not
 * done, unless they succeeded after all. Rejects with their own refusals, given up or not: anyone still waiting would
 * only get the same refusal later. `isTooLong` may only read state that events have changed.
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
  // A cancel of the workflow reaches the work through its own scope, and its end is awaited.
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
