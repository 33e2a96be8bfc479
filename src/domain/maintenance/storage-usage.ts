import type { StoreKind } from '../../contracts/store-kind.js';

/** A package as a project has it. */
export type StoredPackage = {
  /** `owner/project`, for its further directories (`hello:pr:1`) as well. */
  readonly project: string;
  readonly store: StoreKind;
  /** The same for two packages of a store that are stored once: an inode, a checksum. */
  readonly copy: string;
  readonly bytes: number;
};

/** Bytes of packages. */
export type Usage = {
  readonly packages: number;
  /** Each package as often as builds have it. */
  readonly logicalBytes: number;
  /** Each stored copy once. */
  readonly physicalBytes: number;
};

export type ProjectUsage = Usage & {
  readonly project: string;
  readonly store: StoreKind;
  /** Of the physical bytes, those that no other project has: what the project costs, and what its deletion frees. */
  readonly ownBytes: number;
};

export type StorageUsage = {
  /** Largest first. */
  readonly projects: readonly ProjectUsage[];
  readonly stores: Readonly<Record<StoreKind, Usage & { readonly savedBytes: number }>>;
};

type Sum = { packages: number; logicalBytes: number; physicalBytes: number; ownBytes: number };

/** Sums up the packages of all projects: what is shared is known only then. */
export async function sumUsage(packages: AsyncIterable<StoredPackage>): Promise<StorageUsage> {
  const sums = new Map<string, Sum & { readonly project: string; readonly store: StoreKind }>();
  const copies = new Map<string, { readonly bytes: number; readonly users: Set<Sum> }>();
  const stores: Record<StoreKind, Sum> = { tree: nothing(), pulp: nothing() };
  for await (const { project, store, copy, bytes } of packages) {
    const key = `${store} ${project}`;
    const sum = sums.get(key) ?? { project, store, ...nothing() };
    sums.set(key, sum);
    for (const one of [sum, stores[store]]) {
      one.packages += 1;
      one.logicalBytes += bytes;
    }
    const known = copies.get(`${store} ${copy}`);
    if (known === undefined) stores[store].physicalBytes += bytes;
    copies.set(`${store} ${copy}`, { bytes, users: (known?.users ?? new Set()).add(sum) });
  }
  for (const { bytes, users } of copies.values())
    for (const user of users) {
      user.physicalBytes += bytes;
      if (users.size === 1) user.ownBytes += bytes;
    }
  return {
    projects: [...sums.values()].sort((one, other) => other.physicalBytes - one.physicalBytes),
    stores: { tree: totalOf(stores.tree), pulp: totalOf(stores.pulp) },
  };
}

function nothing(): Sum {
  return { packages: 0, logicalBytes: 0, physicalBytes: 0, ownBytes: 0 };
}

function totalOf({ packages, logicalBytes, physicalBytes }: Sum): StorageUsage['stores'][StoreKind] {
  return { packages, logicalBytes, physicalBytes, savedBytes: logicalBytes - physicalBytes };
}
