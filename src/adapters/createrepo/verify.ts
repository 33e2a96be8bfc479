import path from 'node:path';
import { PortFailure } from '../../ports/port-failure.js';
import { orNull } from '../result-tree/storage-failure.js';
import { hashFile, type Metadata } from './metadata.js';
import type { Packages } from './primary.js';

export type Expectation = {
  readonly chrootDir: string;
  /** What createrepo_c was told to index. */
  readonly wanted: readonly string[];
  /** Added now: their checksums must be those of the files. */
  readonly added: readonly string[];
  /** Stood in the metadata before. */
  readonly before: Packages;
};

/**
 * Proves what createrepo_c made before anybody sees it: nothing that was not asked for, every added package with its
 * file's checksum, nothing lost. Returns files that createrepo_c could not read and that no metadata ever named as they
 * are now: a run goes on without those, lest one broken file block a repository for ever.
 */
export async function verifyMetadata(made: Metadata, expected: Expectation): Promise<readonly string[]> {
  const wanted = new Set(expected.wanted);
  const foreign = [...made.packages.keys()].filter((href) => !wanted.has(href));
  if (foreign.length > 0) throw wrong(expected, 'names packages nobody asked for', foreign);

  const missing = expected.wanted.filter((href) => !made.packages.has(href));
  const added = new Set(expected.added);
  const [lost, unreadable]: [string[], string[]] = [[], []];
  for (const href of missing) {
    if (added.has(href)) unreadable.push(href);
    else if (await isUnchanged(expected, href)) lost.push(href);
  }
  if (unreadable.length > 0)
    throw wrong(expected, 'lacks what was to be added: createrepo_c cannot read', unreadable, 'PackageUnreadable');
  if (lost.length > 0) throw wrong(expected, 'lacks packages', lost);

  const differing: string[] = [];
  for (const href of expected.added) {
    const entry = made.packages.get(href);
    if (
      entry !== undefined &&
      (await hashFile(path.join(expected.chrootDir, href), entry.algorithm)) !== entry.checksum
    )
      differing.push(href);
  }
  if (differing.length > 0) throw wrong(expected, 'has another checksum than the file', differing, 'PackageUnreadable');
  return missing;
}

/** True for a file that is what the metadata before said: then it was readable, and leaving it out is a loss. */
async function isUnchanged(expected: Expectation, href: string): Promise<boolean> {
  const entry = expected.before.get(href);
  if (entry === undefined) return false;
  return (await orNull(hashFile(path.join(expected.chrootDir, href), entry.algorithm))) === entry.checksum;
}

function wrong(
  expected: Expectation,
  what: string,
  names: readonly string[],
  code: 'RepositoryFailed' | 'PackageUnreadable' = 'RepositoryFailed',
): PortFailure {
  const some = names.slice(0, 5).join(', ');
  const more = names.length > 5 ? ` and ${names.length - 5} more` : '';
  return new PortFailure(code, `${expected.chrootDir}: the new metadata ${what}: ${some}${more}`, {
    retryable: true,
  });
}
