import { InvalidArgumentError, Option } from 'commander';

/** An option with a whole number, at least `least`; without a default it is optional. */
export function numberOption(flags: string, description: string, value?: number, least = 1): Option {
  const option = new Option(flags, description);
  return (value === undefined ? option : option.default(value)).argParser((text) => {
    const number = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (number >= least) return number;
    throw new InvalidArgumentError(`a whole number from ${least} is wanted.`);
  });
}
