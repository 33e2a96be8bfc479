/** What a round in the trash of a results tree came to. */
export type TrashRound = {
  /** Files. */
  readonly removed: number;
};
