/**
 * Executes orders with the product of the checkout named by its argument, and reports the cost: one line of JSON for
 * each line of JSON on standard input. A separate process, so that nothing of the bench is in its memory or its CPU
 * time.
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import type { createCreaterepoIndexer as CreateIndexer } from '../../src/adapters/repository-store/repository-indexer.js';
import type { RepositoryId } from '../../src/contracts/names/ids.js';
import type { Published } from '../../src/contracts/repository/repository.js';
import { answerWork } from '../measured/measured-process.js';
import { withCost, type Cost } from '../measured/own-cost.js';

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

/** The cost, and the result of a publication. */
export type RepositoryCost = Cost & { readonly published: Published | null; readonly warnings: readonly string[] };

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

await answerWork(async (work): Promise<RepositoryCost> => {
  const warnings: string[] = [];
  const { result: published, ...cost } = await withCost(() => perform(work as MeasuredWork, warnings));
  return { ...cost, published, warnings };
});

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
