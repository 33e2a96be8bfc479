/** Where the packages of a project are published: in the results tree, or at Pulp. Logs are in the tree for both. */
export const STORE_KINDS = ['tree', 'pulp'] as const;
export type StoreKind = (typeof STORE_KINDS)[number];

/** A part of inputs and requests. They have it only if it is not the tree: histories before Pulp have no such field. */
export type InStore = { readonly store?: StoreKind };

/** The store that an input or a request names. */
export function storeOf({ store }: InStore): StoreKind {
  return store ?? 'tree';
}

/** The field for inputs and requests. */
export function inStore(kind: StoreKind): InStore {
  return kind === 'tree' ? {} : { store: kind };
}

/** The store that a task's or an action's number of the frontend means (docs/neighbours/frontend.md#numbers). */
export function storeOfNumber(storage: unknown): StoreKind {
  return storage === 1 ? 'pulp' : 'tree';
}
