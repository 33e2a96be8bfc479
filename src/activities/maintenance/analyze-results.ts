import type { MaintenanceOutcome, MaintenanceRound } from '../../contracts/maintenance/maintenance.js';
import { usagePages } from '../../domain/maintenance/usage-page.js';
import { UsageSums } from '../../domain/maintenance/usage-sample.js';
import type { DiskUsage, UsageSamples } from '../../ports/maintenance/disk-usage.js';
import { boundedOutcome, type Tell } from './outcome.js';

export type AnalyzeResultsDeps = {
  readonly usage: DiskUsage;
  readonly samples: UsageSamples;
  readonly now: () => number;
  readonly tell: Tell;
};

export type AnalyzeResultsOptions = {
  /** Writes the sample there, and keeps neither a listing nor a page; null: among the samples. */
  readonly outputFile: string | null;
};

/** Measures what owners, projects and chroots take on the disk, keeps a sample, and renews the page of charts. */
export function analyzeResults(
  { usage, samples, now, tell }: AnalyzeResultsDeps,
  { outputFile }: AnalyzeResultsOptions,
): (round: MaintenanceRound) => Promise<MaintenanceOutcome> {
  return async (round) => {
    const at = now();
    // Before hours of measuring.
    if (!round.dryRun) await samples.prepare();
    const listing = round.dryRun || outputFile !== null ? null : await samples.listingOf(at);
    try {
      return await measure(round, at, listing);
    } catch (error) {
      // The next attempt makes its own. Why this one failed matters more than what is left of it.
      if (listing !== null) await samples.finishListing(listing, 'remove').catch(() => undefined);
      throw error;
    }
  };

  async function measure(
    { signal, progress, dryRun }: MaintenanceRound,
    at: number,
    listing: string | null,
  ): Promise<MaintenanceOutcome> {
    const sums = new UsageSums();
    let directories = 0;
    const troubles = await usage.measure(
      (names, kib) => {
        directories += 1;
        sums.add(names, kib);
        if (directories % 1000 === 0) progress(`${directories} directories measured; at ${names.join('/')}`);
      },
      { signal, listing },
    );
    if (dryRun) return boundedOutcome({ summary: `${directories} directories measured`, changed: 0, troubles });
    progress('writing the sample');
    tell(`sample: ${await samples.keep({ at, sample: sums.sample }, outputFile)}`);
    if (listing !== null) await samples.finishListing(listing, 'compress');
    const page = outputFile === null ? await publishUsagePage(samples, now) : { path: null, troubles: [] };
    if (page.path !== null) tell(`charts: ${page.path}`);
    const summary = `${directories} directories measured`;
    return boundedOutcome({ summary, changed: 1, troubles: [...troubles, ...page.troubles] });
  }
}

/** Renews the page of charts from the samples alone. */
export async function publishUsagePage(
  samples: UsageSamples,
  now: () => number,
): Promise<{ readonly path: string; readonly troubles: readonly string[] }> {
  const all = await samples.all();
  return { path: await samples.publishPages(usagePages(all.samples, now())), troubles: all.troubles };
}
