import { readdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import pMap from 'p-map';
import { z } from 'zod';
import type { Dated, DrawnSample } from '../../domain/maintenance/usage-page.js';
import type { UsageSamples } from '../../ports/maintenance/disk-usage.js';
import { PortFailure } from '../../ports/port-failure.js';
import { temporaryName, writeFileAtomic } from '../files/atomic-file.js';
import { makeDirectories } from '../files/make-directories.js';
import { orNull, withStorage } from '../files/storage-failure.js';
import { absenceOf } from '../process/program-not-started.js';
import { programOnPath } from '../process/program-on-path.js';
import { runCommand } from '../process/run-command.js';

const Sums = z.record(z.string(), z.number());
/** All other fields of a sample are dropped. */
const Sample = z.object({
  owners: Sums,
  projects: Sums,
  chroots: Sums,
  distros: Sums,
  arches: Sums,
});

const SUFFIX = '.json.zst';
/** Samples that are read at the same time. */
const AT_ONCE = 4;
const ZSTD_MS = 600_000;
/** A sample of a large installation has tens of thousands of projects. */
const MAX_SAMPLE = 256 * 1024 * 1024;

/** `UsageSamples` in `<statsdir>/samples`, with the names and the format that the Python service used. */
export function createUsageSamples({ statsDir }: { readonly statsDir: string }): UsageSamples {
  const directory = path.join(statsDir, 'samples');
  const within = <T>(doing: string, work: () => Promise<T>): Promise<T> => withStorage(doing, work);

  async function read(name: string): Promise<Dated<DrawnSample>> {
    const file = path.join(directory, name);
    const options = { timeoutMs: ZSTD_MS, maxBytes: MAX_SAMPLE };
    const { code, stdout, summary } = await runCommand('zstd', ['--decompress', '--stdout', '--', file], options);
    if (code !== 0) throw new Error(summary);
    return { at: timeOf(name), sample: Sample.parse(JSON.parse(stdout)) };
  }

  return {
    prepare: async () => {
      if ((await programOnPath('zstd')) !== null) return;
      // Another attempt would find as little; an operator has to install it.
      throw new PortFailure('StorageFailed', await absenceOf('zstd'), { retryable: false });
    },

    listingOf: (at) =>
      within(`${directory} cannot be made`, async () => {
        await makeDirectories(directory, { mode: 0o755 });
        return path.join(directory, `${nameOf(at)}.du.log`);
      }),

    keep: ({ at, sample }, file) =>
      within(`the sample cannot be written`, async () => {
        if (file === null) await makeDirectories(directory, { mode: 0o755 });
        const plain = file ?? path.join(directory, `${nameOf(at)}.json`);
        // Compressed under a temporary name: a reader never sees a part of a sample.
        const temporary = temporaryName(plain);
        try {
          await writeFile(temporary, JSON.stringify(sample), { mode: 0o644 });
          await compress(temporary);
          await rename(`${temporary}.zst`, `${plain}.zst`);
        } finally {
          await rm(temporary, { force: true });
        }
        return `${plain}.zst`;
      }),

    finishListing: (listing, what) =>
      within(`${listing} cannot be compressed`, async () => {
        if (what === 'compress') await compress(listing);
        await rm(listing, { force: true });
      }),

    all: () =>
      within(`${directory} cannot be read`, async () => {
        const entries = (await orNull(readdir(directory))) ?? [];
        const names = entries.filter((name) => name.endsWith(SUFFIX) && !name.startsWith('.')).sort();
        const troubles: string[] = [];
        const samples = await pMap(
          names,
          (name) =>
            read(name).catch((error: unknown) => {
              const why = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
              troubles.push(`${path.join(directory, name)} cannot be read: ${why}`);
              return null;
            }),
          { concurrency: AT_ONCE },
        );
        const whole = samples.filter((sample) => sample !== null && !Number.isNaN(sample.at)) as Dated<DrawnSample>[];
        return { samples: whole.sort((a, b) => a.at - b.at), troubles };
      }),

    publishPages: (pages) =>
      within(`${statsDir} cannot be written`, async () => {
        await makeDirectories(statsDir, { mode: 0o755 });
        for (const [name, html] of pages) await writeFileAtomic(path.join(statsDir, name), html);
        return path.join(statsDir, 'index.html');
      }),
  };
}

/** Python's `isoformat` of a time in UTC. */
function nameOf(at: number): string {
  return new Date(at).toISOString().replace('Z', '000+00:00');
}

/** `2026-11-29T22:05:00.123456+00:00.json.zst`; NaN for another name. */
function timeOf(name: string): number {
  return Date.parse(name.slice(0, -SUFFIX.length).replace(/(\.\d{3})\d*/, '$1'));
}

async function compress(file: string): Promise<void> {
  const { code, summary } = await runCommand('zstd', ['--quiet', '--force', '--', file], { timeoutMs: ZSTD_MS });
  if (code !== 0) throw new PortFailure('StorageFailed', summary);
}
