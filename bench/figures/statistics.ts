/** The value below which a part of the values lies (0.5: the median), interpolated; NaN for no values. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const place = (sorted.length - 1) * part;
  const below = sorted[Math.floor(place)] ?? Number.NaN;
  const above = sorted[Math.ceil(place)] ?? Number.NaN;
  return below + (above - below) * (place - Math.floor(place));
}

/** Rounded to this many decimals: more would suggest a precision that was not measured. */
export function rounded(value: number, decimals = 2): number {
  return Number(value.toFixed(decimals));
}
