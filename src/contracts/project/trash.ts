/** Totals of a round in the trash of a results tree. */
export type TrashRound = {
  /** Files. */
  readonly removed: number;
};
