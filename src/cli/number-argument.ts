import { InvalidArgumentError } from 'commander';

type Range = { readonly least: number; readonly most?: number };

/** Reads a whole number as an option or argument of a command; anything else is reported as wrong usage. */
export function wholeNumber(range: Range): (text: string) => number {
  return (text) => within('a whole number', range, /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN);
}

/** The same with a decimal point, such as hours. */
export function decimalNumber(range: Range): (text: string) => number {
  return (text) => within('a number', range, /^\d{1,15}(?:\.\d{1,6})?$/.test(text) ? Number(text) : Number.NaN);
}

function within(what: string, { least, most = Number.POSITIVE_INFINITY }: Range, number: number): number {
  if (number >= least && number <= most) return number;
  const range = most === Number.POSITIVE_INFINITY ? `from ${least}` : `from ${least} to ${most}`;
  throw new InvalidArgumentError(`It must be ${what} ${range}.`);
}
