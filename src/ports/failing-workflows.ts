/** A running workflow whose workflow task fails again and again: it does nothing until that ends. */
export type FailingWorkflow = {
  readonly workflowId: string;
  readonly runId: string;
  /** Its workflow type; not always one of ours, where others share the namespace. */
  readonly type: string;
};

/** What one look found. */
export type FailingLook = {
  readonly found: readonly FailingWorkflow[];
  /** There are more than a look names. */
  readonly more: boolean;
  /** Why a part was not looked at; null: all of it was. */
  readonly missed: string | null;
};

/** Finds workflows whose tasks fail. A look is bounded in time and calls; rejects when nothing could be looked at. */
export type FailingWorkflows = { readonly look: (signal?: AbortSignal) => Promise<FailingLook> };
