import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { exitStatus, reportLines } from './report.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** Time limit for one history: the longest replays within some seconds. */
const PATIENCE_MS = 60_000;

const HELP = `npm run mutate -- workflows [OPTIONS]: are the recorded histories able to notice an edit?

Edits the workflows in memory, one edit at a time, replays the histories of test/replay on each, and lists the edits that no
history failed on. Nothing is written. mutate/README.md describes the edits, and the steps if one is not caught.

  --only TEXT  tries edits whose key has TEXT in it, such as the name of a file
  --sample N   tries N edits
  --seed S     picks the same N for the same S
  --jobs N     replays at a time (default: the processors)
  --json       one JSON object on standard output, progress on standard error
  --help

Exit status: 0 every edit is caught or listed in mutate/equivalent-edits.json, 1 not so, 2 wrong usage.
`;

type Options = {
  readonly only: string | null;
  readonly sample: { readonly count: number; readonly seed: string } | null;
  readonly jobs: number;
  readonly json: boolean;
};

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  if (args.includes('--help')) {
    process.stdout.write(HELP);
    return 0;
  }
  const options = optionsFrom(args);
  if (typeof options === 'string') {
    process.stderr.write(`${options}\n\n${HELP}`);
    return 2;
  }
  const interruption = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      interruption.abort(new Error(`interrupted by ${signal}`));
    });
  }
  try {
    const { recordedHistories } = await import('../test/replay/histories.js');
    const { readEquivalents } = await import('./equivalents.js');
    const { mutateWorkflows } = await import('./mutate-workflows.js'); // loads the compiler and the SDK
    const report = await mutateWorkflows({
      root: ROOT,
      entry: `${ROOT}src/workflows/index.ts`,
      histories: await recordedHistories(),
      equivalents: readEquivalents(`${ROOT}mutate/equivalent-edits.json`),
      only: options.only,
      sample: options.sample,
      jobs: options.jobs,
      patienceMs: PATIENCE_MS,
      say,
      signal: interruption.signal,
    });
    const lines = options.json ? [JSON.stringify(report, null, 2)] : reportLines(report);
    process.stdout.write(`${lines.join('\n')}\n`);
    return exitStatus(report);
  } catch (error) {
    if (!interruption.signal.aborted) throw error;
    say((interruption.signal.reason as Error).message);
    return 130;
  }
}

/** A string is the error in the arguments. */
function optionsFrom(args: readonly string[]): Options | string {
  let parsed;
  try {
    parsed = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        only: { type: 'string' },
        sample: { type: 'string' },
        seed: { type: 'string' },
        jobs: { type: 'string' },
        json: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    return (error as Error).message; // parseArgs throws for nothing else
  }
  const { values, positionals } = parsed;
  if (positionals.length !== 1 || positionals[0] !== 'workflows') return 'say what to edit: workflows';
  const [count, jobs] = [values.sample, values.jobs].map((word) => (word === undefined ? null : wholeNumber(word)));
  if (count === undefined || jobs === undefined) return '--sample and --jobs take a number from 1';
  if (values.seed !== undefined && count === null) return '--seed is for --sample';
  return {
    only: values.only ?? null,
    sample: count === null ? null : { count, seed: values.seed ?? String(Date.now()) },
    jobs: jobs ?? availableParallelism(),
    json: values.json,
  };
}

function wholeNumber(word: string): number | undefined {
  return /^[1-9]\d{0,5}$/.test(word) ? Number(word) : undefined;
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
