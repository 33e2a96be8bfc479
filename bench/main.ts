import { Command, Option } from 'commander';
import { figureLines } from './figures/figure-lines.js';
import type { BenchRun, Measured, Subcommand } from './subcommand.js';
import { SUBCOMMANDS } from './subcommands.js';

const EPILOGUE = `
Each starts a playground of its own below the system's temporary directory, measures it from outside and removes it.
Figures are printed as a table, with --json as one object and nothing else on standard output. What each figure is:
bench/README.md. Exit status: 0 measured, 1 the run was not valid (a build failed, a log line is missing), 2 wrong usage.

Examples:
  $ npm run bench -- builds --count 200 --workers 16
  $ npm run --silent bench -- builds --count 1 --json
`;

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

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
      .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2))
      .action(async (options: Readonly<Record<string, unknown>>) => {
        status = await measure(subcommand, options, root);
      });
    program.addCommand(subcommand.options(command));
  }
  await program.parseAsync([...args], { from: 'user' });
  return status;
}

async function measure(
  subcommand: Subcommand,
  options: Readonly<Record<string, unknown>>,
  root: string,
): Promise<number> {
  const interruption = new AbortController();
  const cleanUps: (() => Promise<void>)[] = [];
  const onSignal = (): void => interruption.abort(new Error('interrupted'));
  for (const signal of SIGNALS) process.on(signal, onSignal);
  const run: BenchRun = {
    root,
    say,
    signal: interruption.signal,
    defer: (cleanUp) => void cleanUps.push(cleanUp),
  };
  try {
    const work = subcommand.run(run, options);
    work.catch(() => undefined); // goes on until it notices the interruption
    return print(await Promise.race([work, aborted(interruption.signal)]), options['json'] === true);
  } catch (error) {
    say(error instanceof Error ? (process.env['DEBUG'] === undefined ? error.message : (error.stack ?? '')) : '');
    return interruption.signal.aborted ? 130 : 1;
  } finally {
    for (const cleanUp of cleanUps.reverse()) {
      await cleanUp().catch((error: unknown) => say(`cleaning up: ${String(error)}`));
    }
    for (const signal of SIGNALS) process.off(signal, onSignal);
  }
}

function print(measured: Measured, json: boolean): number {
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
