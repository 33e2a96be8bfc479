/** How many builds an upgrade has. */
export type UpgradeSize = {
  /** Builds that run on the old version from before the upgrade until the new one has everything. */
  readonly long: number;
  /** Short builds that are submitted during the ramp. */
  readonly ramp: number;
  /** Builds that run on the new version while the old one is current again. */
  readonly longOnNew: number;
  /** Short builds of each further phase. */
  readonly short: number;
  /** Builders for short builds. */
  readonly spare: number;
  readonly repositories: number;
  /** Maximum time of a phase, in seconds. */
  readonly patience: number;
};

export const LONG: UpgradeSize = {
  ...{ long: 200, ramp: 200, longOnNew: 20, short: 40, spare: 12 },
  ...{ repositories: 8, patience: 1500 },
};

export const SHORT: UpgradeSize = {
  ...{ long: 8, ramp: 40, longOnNew: 2, short: 4, spare: 6 },
  ...{ repositories: 3, patience: 240 },
};

/** The share of work that begins on the new version in a ramp, in percent. */
export const RAMP_PERCENT = 10;
