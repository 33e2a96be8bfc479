/** Reports of what should not happen: mistakes in this program, not outages of its neighbours. */
export type DefectReports = {
  /** Never throws, and nothing waits for it. `tags` say where the defect showed. */
  readonly report: (error: unknown, tags: Readonly<Record<string, string>>) => void;
  /** Waits for reports under way, for seconds at most. */
  readonly close: () => Promise<void>;
};
