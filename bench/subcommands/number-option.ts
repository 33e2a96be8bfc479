import { InvalidArgumentError, Option } from 'commander';

/** An option with a whole number, at least `least`; without a default it may be left out. */
export function numberOption(flags: string, description: string, value?: number, least = 1): Option {
  const option = new Option(flags, description);
  return (value === undefined ? option : option.default(value)).argParser((text) => {
    const number = Number(text);
    if (Number.isInteger(number) && number >= least) return number;
    throw new InvalidArgumentError(`a whole number from ${least} is wanted.`);
  });
}
