/** A running workflow whose workflow task fails again and again; until that stops, it makes no progress. */
export type FailingWorkflow = {
  readonly workflowId: string;
  readonly runId: string;
  /** Its workflow type; not always one of ours, as others may share the namespace. */
  readonly type: string;
};

/** The result of one look. */
export type FailingLook = {
  readonly found: readonly FailingWorkflow[];
  /** There are more than the look names. */
  readonly more: boolean;
  /** Why a part was not looked at; null: nothing was missed. */
  readonly missed: string | null;
};

/** Finds workflows whose tasks fail. A look is limited in time and calls; rejects if nothing could be looked at. */
export type FailingWorkflows = { readonly look: (signal?: AbortSignal) => Promise<FailingLook> };
