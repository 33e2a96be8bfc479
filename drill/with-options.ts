import { parseArgs, type ParseArgsConfig } from 'node:util';

type OptionsConfig = NonNullable<ParseArgsConfig['options']>;

const WRONG_USAGE = 2;
const FLAGS = {
  short: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  keep: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const satisfies OptionsConfig;

/** Options of drills with a whole installation. */
export type Flags = { readonly short: boolean; readonly json: boolean; readonly keep: boolean };

/** Wrong usage: the problem, for people. */
export class UsageProblem extends Error {}

/**
 * Reads `--short`, `--json`, `--keep`, `--help` and the options of `texts`, and runs the drill; resolves with its exit
 * status. For `--help` it prints `help`; for wrong options, or if `run` throws a UsageProblem, it prints the problem
 * (2).
 */
export async function withOptions(
  args: readonly string[],
  command: { readonly help: string; readonly texts?: readonly string[] },
  run: (flags: Flags, texts: Readonly<Record<string, string | undefined>>) => Promise<number>,
): Promise<number> {
  try {
    const texts = Object.fromEntries((command.texts ?? []).map((name) => [name, { type: 'string' as const }]));
    const values: Readonly<Record<string, unknown>> = readOptions(args, { ...texts, ...FLAGS }).values;
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

/** Reads options; throws a UsageProblem for wrong ones. */
export function readOptions<T extends OptionsConfig>(
  args: readonly string[],
  options: T,
): ReturnType<typeof parseArgs<{ args: string[]; options: T }>> {
  try {
    return parseArgs({ args: [...args], options });
  } catch (error) {
    throw new UsageProblem(error instanceof Error ? error.message : String(error));
  }
}

/** The number given for an option, from 1 on. */
export function countOf(option: string, text: string, most = 1_000_000): number {
  const count = Number(text);
  if (/^\d+$/.test(text) && count >= 1 && count <= most) return count;
  throw new UsageProblem(`${option} wants a number from 1 to ${most}, not '${text}'`);
}
