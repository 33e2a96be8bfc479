import { Command, Option } from 'commander';
import { againstDirectory, measureAgainst, whyNotMeasurable, type Side } from './against.js';
import { withCleanUps } from './clean-ups.js';
import { figureLines } from './figures/figure-lines.js';
import { WrongUsage, type BenchRun, type Measured, type Report, type Subcommand } from './subcommand.js';
import { SUBCOMMANDS } from './subcommands.js';
import { numberOption } from './subcommands/number-option.js';

const EPILOGUE = `
Each starts a playground of its own below the system's temporary directory, measures it from outside and removes it.
It prints the figures as a table, or with --json as one object and nothing else on standard output. bench/README.md
explains each figure. Exit status: 0 measured, 1 the run was not valid (a build failed, a log line is missing), 2 wrong usage.

--against DIR also measures the product of another checkout, in which npm ci and npm run build were run, with this bench
on this playground: this, the other, the other, this. The figures then have both sides and rateRatio, cpuRatio and
rssRatio, this checkout : the other.

Examples:
  $ npm run bench -- builds --count 200 --workers 16
  $ npm run bench -- builds --against ../before
  $ npm run --silent bench -- builds --count 1 --json
`;

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Options that every subcommand has besides its own, as commander passes them. */
type SharedOptions = {
  readonly json?: boolean;
  readonly keep?: boolean;
  readonly against?: string;
  readonly pairs: number;
};

/** `npm run bench -- ARGUMENTS`: resolves with the exit status once everything has been stopped. */
export async function main(args: readonly string[], root: string): Promise<number> {
  let status = 2;
  const program = new Command('bench')
    .usage('SUBCOMMAND [OPTIONS]')
    .description('measures the backend on a playground, from outside')
    .addHelpText('after', EPILOGUE)
    .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2));
  for (const subcommand of SUBCOMMANDS) {
    const command = new Command(subcommand.name)
      .description(subcommand.description)
      .addOption(new Option('--json', 'one JSON object on standard output, progress on standard error'))
      .addOption(new Option('--keep', 'leave the data directory with its logs, and say where it is'))
      .addOption(new Option('--against <dir>', 'measure the product of another checkout too, and compare'))
      .addOption(numberOption('--pairs <n>', 'with --against: how many pairs of runs', 2))
      .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2));
    subcommand.options(command).action(async (options: SharedOptions & Readonly<Record<string, unknown>>) => {
      const against = options.against === undefined ? null : againstDirectory(options.against);
      if (against === null && command.getOptionValueSource('pairs') === 'cli') {
        command.error('error: --pairs is of --against, which is missing');
      }
      const problem = against === null ? null : await whyNotMeasurable(against);
      if (problem !== null) command.error(`error: --against ${against ?? ''}: ${problem}`);
      status = await report(options.json === true, async (signal) => {
        const measure = (side: Side): Promise<Measured> =>
          measureOnce(subcommand, options, { root, product: side === 'against' ? (against ?? root) : root }, signal);
        return against === null ? measure('this') : measureAgainst({ pairs: options.pairs, say, measure });
      });
    });
    program.addCommand(command);
  }
  await program.parseAsync([...args], { from: 'user' });
  return status;
}

/** Prints the result of `work`; resolves with the exit status. Ctrl-C aborts its signal. */
async function report(json: boolean, work: (signal: AbortSignal) => Promise<Report>): Promise<number> {
  const interruption = new AbortController();
  const onSignal = (): void => interruption.abort(new Error('interrupted'));
  for (const signal of SIGNALS) process.on(signal, onSignal);
  try {
    return print(await work(interruption.signal), json);
  } catch (error) {
    say(error instanceof Error ? (process.env['DEBUG'] === undefined ? error.message : (error.stack ?? '')) : '');
    if (error instanceof WrongUsage) return 2;
    return interruption.signal.aborted ? 130 : 1;
  } finally {
    for (const signal of SIGNALS) process.off(signal, onSignal);
  }
}

/** One measurement; when it ends, everything that it started has been stopped. */
function measureOnce(
  subcommand: Subcommand,
  options: Readonly<Record<string, unknown>>,
  checkouts: Pick<BenchRun, 'root' | 'product'>,
  signal: AbortSignal,
): Promise<Measured> {
  return withCleanUps(say, (defer) => {
    signal.throwIfAborted();
    const work = subcommand.run({ ...checkouts, say, signal, defer }, options);
    work.catch(() => undefined); // continues until it notices the interruption
    return Promise.race([work, aborted(signal)]);
  });
}

function print(measured: Report, json: boolean): number {
  const lines = json ? [JSON.stringify(measured.figures)] : figureLines(measured.figures);
  process.stdout.write(`${lines.join('\n')}\n`);
  for (const note of measured.notes) {
    if (json) say(note);
    else process.stdout.write(`${note}\n`);
  }
  for (const fault of measured.faults) say(`not valid: ${fault}`);
  return measured.faults.length === 0 ? 0 : 1;
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}
