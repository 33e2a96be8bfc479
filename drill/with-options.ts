import { parseArgs, type ParseArgsConfig } from 'node:util';

type OptionsConfig = NonNullable<ParseArgsConfig['options']>;

const WRONG_USAGE = 2;
const FLAGS = {
  short: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  keep: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const satisfies OptionsConfig;

/** What drills of a whole installation are told. */
export type Flags = { readonly short: boolean; readonly json: boolean; readonly keep: boolean };

/** Wrong usage: what is wrong with it, for people. */
export class UsageProblem extends Error {}

/**
 * Reads `--short`, `--json`, `--keep`, `--help` and the options of `texts`, and runs the drill; resolves with its exit
 * status. With `--help` it says `help`, with wrong options what is wrong (2), also where `run` throws a UsageProblem.
 */
export async function withOptions(
  args: readonly string[],
  command: { readonly help: string; readonly texts?: readonly string[] },
  run: (flags: Flags, texts: Readonly<Record<string, string | undefined>>) => Promise<number>,
): Promise<number> {
  try {
    const texts = Object.fromEntries((command.texts ?? []).map((name) => [name, { type: 'string' as const }]));
    const { values } = read(args, { ...texts, ...FLAGS });
    if (values['help'] === true) {
      process.stdout.write(command.help);
      return 0;
    }
    const { short, json, keep, ...rest } = values;
    const flags = { short: short === true, json: json === true, keep: keep === true };
    return await run(flags, rest as Readonly<Record<string, string | undefined>>);
  } catch (error) {
    if (!(error instanceof UsageProblem)) throw error;
    process.stderr.write(`${error.message}\n\n${command.help}`);
    return WRONG_USAGE;
  }
}

function read(args: readonly string[], options: OptionsConfig): { readonly values: Readonly<Record<string, unknown>> } {
  try {
    return parseArgs({ args: [...args], options });
  } catch (error) {
    throw new UsageProblem(error instanceof Error ? error.message : String(error));
  }
}
