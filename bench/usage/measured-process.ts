/** Runs rounds of analyze-results with the product of the checkout named by its argument, and other programs. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type * as Usage from '../../src/adapters/usage-samples/disk-usage.js';
import type * as Samples from '../../src/adapters/usage-samples/usage-samples.js';
import type { MaintenanceOutcome, MaintenanceRound } from '../../src/contracts/maintenance/maintenance.js';
import type { DiskUsage, UsageSamples } from '../../src/ports/maintenance/disk-usage.js';
import { answerWork } from '../measured/measured-process.js';
import { withCost, type Cost } from '../measured/own-cost.js';

/** `round`: one whole round, as the worker does it. `program`: a program and its arguments, its output thrown away. */
export type UsageWork =
  | { readonly round: { readonly destdir: string; readonly statsDir: string } }
  | { readonly program: readonly [string, ...string[]] };

/** The cost, and the outcome of a round. */
export type UsageCost = Cost & { readonly outcome: Pick<MaintenanceOutcome, 'summary' | 'troubles'> | null };

/** The job of the product, as the bench calls it from outside. */
type Analyze = {
  readonly analyzeResults: (
    deps: {
      readonly usage: DiskUsage;
      readonly samples: UsageSamples;
      readonly now: () => number;
      readonly tell: () => void;
    },
    options: { readonly outputFile: null },
  ) => (round: MaintenanceRound) => Promise<MaintenanceOutcome>;
};

const product = <T>(module: string): Promise<T> =>
  import(pathToFileURL(path.join(process.argv[2] ?? '', 'dist/src', module)).href) as Promise<T>;

const { analyzeResults } = await product<Analyze>('activities/maintenance/analyze-results.js');
const { createDiskUsage } = await product<typeof Usage>('adapters/usage-samples/disk-usage.js');
const { createUsageSamples } = await product<typeof Samples>('adapters/usage-samples/usage-samples.js');

await answerWork(async (work): Promise<UsageCost> => {
  const { result: outcome, ...cost } = await withCost(() => perform(work as UsageWork));
  return { ...cost, outcome };
});

async function perform(work: UsageWork): Promise<UsageCost['outcome']> {
  if ('program' in work) {
    const [program, ...args] = work.program;
    // Read, as the round reads it: a program that waits for its reader now and then gets its turn sooner on a busy
    // machine than one that writes to nowhere.
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    child.stdout.resume();
    const [status] = (await once(child, 'close')) as [number];
    if (status !== 0) throw new Error(`${program} ended with ${status}`);
    return null;
  }
  const { destdir, statsDir } = work.round;
  const job = analyzeResults(
    {
      usage: createDiskUsage({ destdir }),
      samples: createUsageSamples({ statsDir }),
      now: Date.now,
      tell: () => undefined,
    },
    { outputFile: null },
  );
  return job({ signal: new AbortController().signal, progress: () => undefined, dryRun: false });
}
