import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { RepositoryId } from '../../../contracts/names/ids.js';
import { forEachRecord } from '../incremental/compare-records.js';
import { KINDS, UnusualMetadata } from '../incremental/documents.js';
import { DamagedMetadata } from '../incremental/live-metadata.js';
import { exists } from '../../files/entries.js';
import { createTreePaths, insideRoot } from '../../file-tree/paths.js';
import { repodataOf } from '../../file-tree/repodata.js';
import { findDiffering } from '../metadata/differing-packages.js';
import { placeOf, readMetadata, readRepomd, type Metadata } from '../metadata/metadata.js';
import { packageDocumentsOf } from '../metadata/package-documents.js';
import { baseurlOf } from '../publication/publication.js';
import type { Repomd } from '../metadata/repomd.js';
import { someOf } from '../publication/verification.js';
import { existing } from '../publication/wanted-packages.js';
import { pickWitnesses } from '../publication/witnesses.js';

/** Metadata of a chroot directory that has to be rebuilt. */
export type Damage = {
  readonly devel: boolean;
  /** For people. */
  readonly what: string;
  /** It has application data, which a full run has to rebuild. */
  readonly appstream: boolean;
};

/** Number of packages that look sound but are read anyway. */
const WITNESSES = 20;
/** No need to read more suspects than this: the metadata is rebuilt anyway. */
const MAX_SUSPECTS = 500;
/** An entity that was escaped twice, as createrepo_c before 0.20 does at each `--update`. */
const REESCAPED = '&amp;#38;';

/**
 * Checks whether a repository's published metadata, public and devel, is complete and matches its packages; changes
 * nothing. Reads all packages whose records look escaped twice, and a sample of others. Work files go into the host's
 * directory for temporary files.
 */
export async function findDamage(
  tree: { readonly destdir: string; readonly resultsBaseurl: string },
  repository: RepositoryId,
): Promise<readonly Damage[]> {
  const paths = createTreePaths(tree.destdir);
  const found: Damage[] = [];
  for (const devel of [false, true]) {
    const live = repodataOf(paths, repository, devel);
    await paths.within(`${live} cannot be read`, async () => {
      if (!(await exists(live))) return;
      await insideRoot(paths, live);
      const metadata = await readMetadata(placeOf(live));
      if (metadata.state === 'damaged') {
        const appstream = hasAppstream(await readRepomd(placeOf(live).repomd));
        found.push({ devel, what: `it is not whole: ${metadata.why}`, appstream });
        return;
      }
      const differing = await differingOf({
        ...{ chroot: repository.chroot, chrootDir: paths.chroot(repository), live, metadata },
        baseurl: baseurlOf(tree.resultsBaseurl, repository, devel),
      });
      if (differing.length === 0) return;
      const what = `it says something else than these packages, or they are gone: ${someOf(differing)}`;
      found.push({ devel, what, appstream: hasAppstream(metadata.repomd) });
    });
  }
  return found;
}

/** Unreadable metadata has no application data to keep; the next build of a project that wants it makes it. */
function hasAppstream(repomd: Repomd | null): boolean {
  return repomd?.files.some(({ type }) => type.startsWith('appstream')) ?? false;
}

async function differingOf(of: {
  readonly chroot: string;
  readonly chrootDir: string;
  readonly live: string;
  readonly metadata: Metadata;
  readonly baseurl: string | null;
}): Promise<readonly string[]> {
  const { chroot, chrootDir, live, metadata, baseurl } = of;
  const hrefs = [...metadata.packages.keys()];
  const there = await existing(chrootDir, hrefs);
  const gone = hrefs.filter((href) => !there.has(href));
  if (gone.length > 0) return gone;
  const suspects = await findReescaped(live, metadata, baseurl);
  const others = await pickWitnesses(chrootDir, hrefs, WITNESSES);
  const packages = [...new Set([...suspects.slice(0, MAX_SUSPECTS), ...others])];
  const workDir = await mkdtemp(path.join(tmpdir(), 'copr-backend-heal-'));
  try {
    return await findDiffering({
      ...{ chroot, chrootDir, baseurl, metadata: metadata.repomd, repodata: live, packages, workDir },
      signal: undefined,
    });
  } finally {
    await rm(workDir, { recursive: true, force: true });
  }
}

async function findReescaped(live: string, { repomd }: Metadata, baseurl: string | null): Promise<readonly string[]> {
  const documents = packageDocumentsOf(live, repomd);
  if (documents === null) return [];
  const found: string[] = [];
  try {
    await forEachRecord(documents, baseurl, ({ location, xml }) => {
      if (KINDS.some((kind) => xml[kind].includes(REESCAPED))) found.push(location);
    });
  } catch (error) {
    if (!(error instanceof UnusualMetadata || error instanceof DamagedMetadata)) throw error;
  }
  return found;
}
