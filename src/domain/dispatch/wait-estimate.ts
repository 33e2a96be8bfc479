/** Quantiles of the standard normal distribution. */
const Z50 = 0;
const Z90 = 1.2816;
/** Pauses between ends that must have been observed before there is an estimate. */
const LEAST_PAUSES = 5;

/**
 * Seconds until `needed` further tasks have ended, when `pauses` pauses between ends were seen to take `seconds` in
 * all; null while there are too few. Ends are treated as a Poisson process whose rate is only known from these
 * observations: then the wait is F-distributed, and few observations give a wide range.
 */
export function estimateWait(input: {
  readonly needed: number;
  readonly pauses: number;
  readonly seconds: number;
}): { readonly p50Seconds: number; readonly p90Seconds: number } | null {
  const { needed, pauses, seconds } = input;
  if (needed <= 0) return { p50Seconds: 0, p90Seconds: 0 };
  if (pauses < LEAST_PAUSES) return null;
  const mean = (needed * seconds) / pauses;
  return {
    p50Seconds: Math.round(mean * quantileOfF(2 * needed, 2 * pauses, Z50)),
    p90Seconds: Math.round(mean * quantileOfF(2 * needed, 2 * pauses, Z90)),
  };
}

/** Paulson's approximation of a quantile of F, `z` being the normal one; within some per cent from 10 degrees on. */
export function quantileOfF(d1: number, d2: number, z: number): number {
  const a = 2 / (9 * d1);
  const b = 2 / (9 * d2);
  const root = Math.sqrt(a * (1 - b) ** 2 + b * (1 - a) ** 2 - a * b * z * z);
  const cubeRoot = ((1 - a) * (1 - b) + z * root) / ((1 - b) ** 2 - b * z * z);
  return cubeRoot ** 3;
}
