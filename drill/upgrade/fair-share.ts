/** Percent points by which the share of a ramp may differ from the one that was asked for. */
const TOLERANCE = 5;
/** A fair draw leaves the tolerated numbers this seldom, on either side. */
const SELDOM = 0.001;

/**
 * The least and the largest number of builds that a ramp may send to the new version: those within five percent points,
 * and with few builds, which a fair draw seldom splits so well, also those that it leaves less often than once in a
 * thousand drills. At least one: a ramp that sends nothing is none.
 */
export function fairShare(builds: number, percent: number): readonly [least: number, most: number] {
  const least = Math.ceil((builds * (percent - TOLERANCE)) / 100);
  const most = Math.floor((builds * (percent + TOLERANCE)) / 100);
  return [
    Math.max(1, Math.min(least, quantile(builds, percent / 100, SELDOM))),
    Math.max(most, quantile(builds, percent / 100, 1 - SELDOM)),
  ];
}

/** The smallest number that a binomial draw does not exceed with this probability. */
function quantile(draws: number, chance: number, probability: number): number {
  let exactly = (1 - chance) ** draws;
  let upTo = exactly;
  let count = 0;
  while (upTo < probability && count < draws) {
    exactly *= ((draws - count) / (count + 1)) * (chance / (1 - chance));
    upTo += exactly;
    count += 1;
  }
  return count;
}
