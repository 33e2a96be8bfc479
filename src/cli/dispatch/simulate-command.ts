import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { Command } from 'commander';
import { ConfigError, loadConfig } from '../../config/load.js';
import { plainJson } from '../../domain/plain-text.js';
import { TraceError, TraceReader } from '../../simulation/read-trace.js';
import { simulate, type Simulated } from '../../simulation/simulate.js';
import type { Settings, Trace } from '../../simulation/trace.js';
import { summarizeWaits } from '../../simulation/waits.js';
import { admissionOf } from '../../config/admission.js';
import { CommandError, EXIT_STATUS, runCommandAction, type ExitStatus } from '../exit-status.js';
import { wholeNumber } from '../number-argument.js';
import { printLines, showProgress } from '../printing.js';
import { chooseRows, limitChanges, SIMULATE_HELP, traceLines, waitTable } from './simulate-text.js';

type SimulateOptions = {
  readonly trace: readonly string[];
  readonly config?: string;
  readonly owner: readonly string[];
  readonly arch: readonly string[];
  readonly top: number;
  readonly all?: boolean;
  readonly json?: boolean;
  readonly debug?: boolean;
};

const PROGRESS_MS = 500;

/** `simulate`: how other limits would have changed the waits of builds that a poller recorded. */
export function simulateCommand(): Command {
  const collect = (value: string, earlier: readonly string[] = []): readonly string[] => [...earlier, value];
  return new Command('simulate')
    .description('replay recorded builds with other limits, and compare how long they wait')
    .requiredOption('--trace <file>', 'what a poller recorded; several, oldest first, are read as one', collect)
    .option('--config <file>', 'a configuration whose limits are compared with those in the trace')
    .option('--owner <name>', 'only this owner (more than once: each of them)', collect, [])
    .option('--arch <name>', 'only this architecture; "source" for source builds', collect, [])
    .option('--top <n>', 'owners shown, those with most builds first', wholeNumber({ least: 1 }), 10)
    .option('--all', 'all owners')
    .option('--json', 'the numbers as JSON, in ms')
    .option('--debug', 'show whole errors with their stacks')
    .addHelpText('after', SIMULATE_HELP)
    .action((options: SimulateOptions) => runCommandAction(options.debug === true, () => run(options)));
}

async function run(options: SimulateOptions): Promise<ExitStatus> {
  const changed = options.config === undefined ? null : readLimits(options.config);
  const { trace, cutLines } = await readTrace(options.trace);
  const runs = {
    old: watched('old limits', (onProgress) => simulate(trace, trace.settings, onProgress)),
    new: changed === null ? null : watched('new limits', (onProgress) => simulate(trace, changed, onProgress)),
  };
  const { owner: owners, arch: archs, all, top } = options;
  const rows = chooseRows(summarizeWaits(trace, runs), { owners, archs, top: all === true ? Infinity : top });
  const old = trace.settings.at(-1);
  if (options.json === true) {
    const { from, to } = trace;
    const limits = {
      old: trace.settings.map(({ at, limits: l }) => ({ at, limits: l })),
      new: changed?.limits ?? null,
    };
    printLines([plainJson({ trace: { from, to, cutLines }, limits, rows })]);
    return EXIT_STATUS.ok;
  }
  const lines = [...traceLines(trace, cutLines), ''];
  if (changed !== null && old !== undefined) {
    const changes = limitChanges(old.limits, changed.limits);
    if (old.pause !== changed.pause) lines.push(`  sleeptime: ${old.pause} -> ${changed.pause}`);
    lines.push(...changes, ...(changes.length === 0 ? ['the limits are the same'] : []), '');
  }
  printLines([...lines, 'waits, p50 / p95:', ...waitTable(rows)]);
  return EXIT_STATUS.ok;
}

function readLimits(file: string): Settings {
  try {
    const { builds, pause } = admissionOf(loadConfig(file).config);
    return { limits: builds, pause };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new CommandError(EXIT_STATUS.configuration, error.message, { cause: error });
  }
}

async function readTrace(
  files: readonly string[],
): Promise<{ readonly trace: Trace; readonly cutLines: readonly number[] }> {
  const reader = new TraceReader();
  let file = files[0] ?? '';
  try {
    for (file of files) {
      const lines = createInterface({ input: createReadStream(file, 'utf8'), crlfDelay: Infinity });
      for await (const line of lines) reader.add(line);
    }
    return { trace: reader.end(), cutLines: reader.cutLines };
  } catch (error) {
    const isSystem = error instanceof Error && 'syscall' in error;
    if (!(error instanceof TraceError) && !isSystem) throw error;
    throw new CommandError(EXIT_STATUS.failed, `${file}: ${error.message}`, { cause: error });
  }
}

/** Shows progress on a terminal, but not in a pipe. */
function watched(
  what: string,
  work: (onProgress: (share: number) => void) => readonly Simulated[],
): readonly Simulated[] {
  if (!process.stderr.isTTY) return work(() => undefined);
  let said = Date.now();
  const result = work((share) => {
    if (Date.now() - said < PROGRESS_MS) return;
    said = Date.now();
    showProgress(`${what}: ${Math.round(share * 100)} %`);
  });
  showProgress(null);
  return result;
}
