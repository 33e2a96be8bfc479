/** The orders for hosts/inside.ts, and its answers. */

/** Test files that run in one process, under one name. */
export type Batch = { readonly name: string; readonly files: readonly string[] };

export type Orders = {
  readonly batches: readonly Batch[];
  /** Time limit of one batch. */
  readonly batchMs: number;
  readonly createrepo: CreaterepoVariant;
  /** For the tests, in addition to PATH and HOME. */
  readonly environment: Readonly<Record<string, string>>;
};

/** createrepo_c of the host, or the one from pip. */
export type CreaterepoVariant = 'system' | '1.2.5';

export type TestFailure = { readonly title: string; readonly message: string };

export type BatchResult = {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly failures: readonly TestFailure[];
};

export type ToolVersions = Readonly<Record<string, string>>;

export type Said =
  | { readonly kind: 'tools'; readonly versions: ToolVersions }
  | ({ readonly kind: 'batch'; readonly name: string; readonly seconds: number } & BatchResult);
