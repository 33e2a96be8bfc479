import path from 'node:path';
import { PortFailure } from '../../../ports/port-failure.js';
import { digestOfFile } from '../../files/digest.js';
import { orNull } from '../../files/storage-failure.js';
import type { Complaints } from '../programs/complaints.js';
import { type Metadata } from '../metadata/metadata.js';
import type { Packages } from '../metadata/primary.js';

export type Expectation = {
  readonly chrootDir: string;
  /** The packages that createrepo_c was told to index. */
  readonly wanted: readonly string[];
  /** Added by this run: their checksums must match the files. */
  readonly added: readonly string[];
  /** Packages of the metadata before. */
  readonly before: Packages;
  /** createrepo_c's messages about packages it left out. */
  readonly complaints: Complaints;
};

/** A package that the new metadata lacks, and createrepo_c's message about it, if any. */
export type LeftOut = { readonly href: string; readonly why: string | null };

/**
 * Verifies createrepo_c's output before anybody sees it: nothing that was not requested, every added package with its
 * file's checksum, nothing lost. Returns files that createrepo_c refused, or that it could not read and no earlier
 * metadata lists in their current form. A run continues without those, so that one broken file cannot block a
 * repository forever.
 */
export async function verifyMetadata(made: Metadata, expected: Expectation): Promise<readonly LeftOut[]> {
  const wanted = new Set(expected.wanted);
  const foreign = [...made.packages.keys()].filter((href) => !wanted.has(href));
  if (foreign.length > 0) throw wrong(expected, `names packages that were not requested: ${someOf(foreign)}`);

  const added = new Set(expected.added);
  const [lost, unreadable, leftOut]: [string[], LeftOut[], LeftOut[]] = [[], [], []];
  for (const href of expected.wanted.filter((one) => !made.packages.has(one))) {
    const one = { href, why: await whyLeftOut(expected, made, href) };
    if (added.has(href)) unreadable.push(one);
    else if (one.why === null && (await isUnchanged(expected, href))) lost.push(href);
    else leftOut.push(one);
  }
  if (unreadable.length > 0)
    throw wrong(
      expected,
      `lacks packages that were to be added: ${someOf(unreadable.map(leftOutText))}`,
      'PackageUnreadable',
    );
  if (lost.length > 0) throw wrong(expected, `lacks packages: ${someOf(lost)}`);

  const differing: string[] = [];
  for (const href of expected.added) {
    const entry = made.packages.get(href);
    if (
      entry !== undefined &&
      (await digestOfFile(path.join(expected.chrootDir, href), entry.algorithm)) !== entry.checksum
    )
      differing.push(href);
  }
  if (differing.length > 0)
    throw wrong(expected, `has another checksum than the file: ${someOf(differing)}`, 'PackageUnreadable');
  return leftOut;
}

/** `00000002-hello/hello-1-1.x86_64.rpm (createrepo_c: Warning: Cannot read package: …)`. */
export function leftOutText({ href, why }: LeftOut): string {
  return `${href} (${why === null ? 'createrepo_c does not say why' : `createrepo_c: ${why}`})`;
}

/** The first few names, for one line. */
export function someOf(names: readonly string[]): string {
  return `${names.slice(0, 5).join(', ')}${names.length > 5 ? ` and ${names.length - 5} more` : ''}`;
}

/**
 * createrepo_c identifies a package that it cannot express in XML by its checksum, of the kind used in the metadata.
 */
async function whyLeftOut(
  { chrootDir, complaints }: Expectation,
  made: Metadata,
  href: string,
): Promise<string | null> {
  const file = path.join(chrootDir, href);
  const algorithm = [...made.packages.values()][0]?.algorithm ?? 'sha256';
  return complaints.about(file, (await orNull(digestOfFile(file, algorithm))) ?? '');
}

/** True if the file matches the earlier metadata: then it was readable, and leaving it out is a loss. */
async function isUnchanged(expected: Expectation, href: string): Promise<boolean> {
  const entry = expected.before.get(href);
  if (entry === undefined) return false;
  return (await orNull(digestOfFile(path.join(expected.chrootDir, href), entry.algorithm))) === entry.checksum;
}

function wrong(
  expected: Expectation,
  what: string,
  code: 'RepositoryFailed' | 'PackageUnreadable' = 'RepositoryFailed',
): PortFailure {
  return new PortFailure(code, `${expected.chrootDir}: the new metadata ${what}`);
}
