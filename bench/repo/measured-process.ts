/**
 * Executes orders with the product of the checkout named by its argument, and reports the cost: one line of JSON for
 * each line of JSON on standard input. A separate process, so that nothing of the bench is in its memory or its CPU
 * time.
 */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import type { createCreaterepoIndexer as CreateIndexer } from '../../src/adapters/repository-store/repository-indexer.js';
import type { RepositoryId } from '../../src/contracts/names/ids.js';
import type { Published } from '../../src/contracts/repository/repository.js';

/** `publish`: one complete publication by us. `program`: a program and its arguments. */
export type MeasuredWork =
  | {
      readonly publish: {
        readonly destdir: string;
        readonly repository: RepositoryId;
        readonly add: readonly string[];
      };
    }
  | { readonly program: readonly [string, ...string[]] };

export type Cost = {
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** Highest resident memory of this process so far. */
  readonly rssMiB: number;
  readonly published: Published | null;
  readonly warnings: readonly string[];
};

/** A tick of /proc: USER_HZ is 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

/** From the measured product, which may belong to another checkout than this one. */
const INDEXER = join(process.argv[2] ?? '', 'dist/src/adapters/repository-store/repository-indexer.js');
const { createCreaterepoIndexer } = (await import(pathToFileURL(INDEXER).href)) as {
  readonly createCreaterepoIndexer: typeof CreateIndexer;
};

/** A run that changes nothing. */
const NOTHING = {
  ...{ full: false, reread: false, doStat: false, devel: false, appstream: false },
  ...{ add: [], delete: [], removeRpms: [] },
};

for await (const line of createInterface({ input: process.stdin })) {
  const work = JSON.parse(line) as MeasuredWork;
  const warnings: string[] = [];
  const [cpu, begin] = [cpuSeconds(), process.hrtime.bigint()];
  const published = await perform(work, warnings);
  const seconds = Number(process.hrtime.bigint() - begin) / 1e9;
  const cost: Cost = { seconds, cpuSeconds: cpuSeconds() - cpu, rssMiB: peakMiB(), published, warnings };
  process.stdout.write(`${JSON.stringify(cost)}\n`);
}

async function perform(work: MeasuredWork, warnings: string[]): Promise<Published | null> {
  if ('program' in work) {
    const [program, ...args] = work.program;
    await promisify(execFile)(program, args);
    return null;
  }
  const { destdir, repository, add } = work.publish;
  const log = { warn: (facts: object, message: string) => void warnings.push(`${message} ${JSON.stringify(facts)}`) };
  const indexer = createCreaterepoIndexer({ destdir, resultsBaseurl: 'http://results.example', graceHours: 0, log });
  return indexer.publish(repository, { ...NOTHING, add }, {});
}

/** User and system time of this process with its threads, and of its children that have ended. */
function cpuSeconds(): number {
  const stat = readFileSync('/proc/self/stat', 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return [11, 12, 13, 14].reduce((sum, at) => sum + Number(fields[at]), 0) / TICKS_PER_SECOND;
}

function peakMiB(): number {
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? Number.NaN) / 1024;
}
