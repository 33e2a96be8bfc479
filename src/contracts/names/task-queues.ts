/** Task queues, one per kind of work (docs/technical-description.md); those that touch files carry the storage's name. */

/** All workflows. */
export const WORKFLOW_QUEUE = 'copr';
/** Activities that only talk to the frontend for the dispatchers. */
export const POLL_QUEUE = 'copr.poll';

export type StorageQueues = {
  /** Long: wait for a builder, follow a log. Many slots, little CPU. */
  readonly follow: string;
  /** Short steps of builds and actions: reports, results, Resalloc, ssh. */
  readonly steps: string;
  /** Signing and keys: as many slots as the signer allows. */
  readonly sign: string;
  /** Metadata: as many slots as cores. */
  readonly publish: string;
};

/** The queues of the hosts that mount the results tree called `storage`. */
export function storageQueues(storage: string): StorageQueues {
  return {
    follow: `copr.follow.${storage}`,
    steps: `copr.steps.${storage}`,
    sign: `copr.sign.${storage}`,
    publish: `copr.publish.${storage}`,
  };
}
