import type { WorkList } from '../../contracts/action/action.js';

/**
 * The lists of actions, kept in files of the results tree while they are long and while the action runs. Rejects with
 * PortFailure: `StorageFailed` (also for a file that is missing or was changed since).
 */
export type ActionWork = {
  /** Short lists stay in the plan, long ones move into a file of this action. Safe to repeat. */
  readonly list: <T>(actionId: number, name: string, items: readonly T[]) => Promise<WorkList<T>>;
  /** The same for lists that must never be in a history, however short. */
  readonly file: <T>(actionId: number, name: string, items: readonly T[]) => Promise<WorkList<T>>;
  /** Returns the items unchanged: only lists written by `list` are read, so their type is known. */
  readonly read: <T>(list: WorkList<T>) => Promise<readonly T[]>;
  /** Removes all files of the action. Safe to repeat. */
  readonly discard: (actionId: number) => Promise<void>;
};
