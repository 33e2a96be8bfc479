import { copyFile, link, rm } from 'node:fs/promises';
import path from 'node:path';
import type { RepositoryId } from '../../../contracts/names/ids.js';
import type { Hold, GenerationOperation } from '../../../contracts/repository/repository.js';
import { PortFailure } from '../../../ports/port-failure.js';
import { temporaryName } from '../../files/atomic-file.js';
import { makeDirectories } from '../../files/make-directories.js';
import type { TreePaths } from '../../file-tree/paths.js';
import { repodataOf } from '../../file-tree/repodata.js';
import { renew } from '../publication/removed-builds.js';
import { listGenerations, prepare, preparedPlace, switchTo, type Generation } from './generations.js';
import { readHold, removeHold, writeHold } from './hold.js';
import { placeOf, readMetadata, readRepomd, type Metadata } from '../metadata/metadata.js';
import { pin, unpin } from './pins.js';
import { existing } from '../publication/wanted-packages.js';

type Operating = {
  readonly paths: TreePaths;
  readonly repository: RepositoryId;
  readonly workDir: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
};

/** Carries out an operator's command on the generations of the public metadata. Each step may be repeated. */
export async function operateGenerations(operating: Operating, operation: GenerationOperation): Promise<void> {
  const { paths, repository, workDir } = operating;
  switch (operation.kind) {
    case 'rollback':
      return rollBack(operating, operation);
    case 'release':
      return release(operating);
    case 'pin': {
      const { generation, metadata } = await wholeGeneration(operating, operation.generation);
      return pin(paths, repository, { generation, metadata, workDir });
    }
    case 'unpin':
      return unpin(paths, repository, operation.generation);
  }
}

async function rollBack(
  operating: Operating,
  { generation: revision, by, reason }: Extract<GenerationOperation, { kind: 'rollback' }>,
): Promise<void> {
  const live = repodataOf(operating.paths, operating.repository, false);
  const { generation } = await wholeGeneration(operating, revision);
  // A release goes back to what is live now, unless an earlier rollback has already prepared newer metadata.
  if ((await readHold(live)) === null) {
    const copy = temporaryName(preparedPlace(live).repomd);
    await makeDirectories(path.dirname(copy), { mode: 0o755, below: live });
    await link(placeOf(live).repomd, copy);
    await prepare(live, copy);
  }
  await writeHold(live, { generation: revision, since: new Date(operating.now).toISOString(), by, reason });
  await goTo(operating, live, generation);
}

async function release(operating: Operating): Promise<void> {
  const live = repodataOf(operating.paths, operating.repository, false);
  if ((await readHold(live)) === null) return;
  const prepared = preparedPlace(live);
  // Damaged prepared metadata is dropped; the next publication rebuilds it from the tree.
  if ((await readMetadata(prepared)).state === 'whole') {
    const copy = path.join(operating.workDir, 'repomd.xml');
    await copyFile(prepared.repomd, copy);
    const same = (await readRepomd(copy))?.revision === (await readRepomd(placeOf(live).repomd))?.revision;
    if (!same) await switchTo(live, copy, operating.now);
  }
  await renew(operating.paths.chroot(operating.repository), operating.now);
  await removeHold(live);
  await rm(prepared.repomd, { force: true });
}

/**
 * The current hold, with its generation live: finishes a rollback that died halfway. Ends a hold whose generation is no
 * longer complete, because clients need some metadata.
 */
export async function enforceHold(
  operating: Operating,
  log: { readonly warn: (facts: object, message: string) => void },
): Promise<Hold | null> {
  const live = repodataOf(operating.paths, operating.repository, false);
  const hold = await readHold(live);
  if (hold === null) return null;
  const current = await readMetadata(placeOf(live));
  if (current.state === 'whole' && current.repomd.revision === hold.generation) return hold;
  const generations = await listGenerations(live);
  const wanted = generations.find(
    ({ revision, supersededAt }) => revision === hold.generation && supersededAt !== null,
  );
  if (wanted !== undefined && (await readMetadata(wanted.place)).state === 'whole') {
    await goTo(operating, live, wanted);
    return hold;
  }
  log.warn({ live, hold }, 'the generation that the repository was held at is gone: the hold is ended');
  await removeHold(live);
  await rm(preparedPlace(live).repomd, { force: true });
  return null;
}

async function goTo(operating: Operating, live: string, generation: Generation): Promise<void> {
  if (generation.supersededAt === null) return;
  const copy = path.join(operating.workDir, 'repomd.xml');
  await copyFile(generation.place.repomd, copy);
  await switchTo(live, copy, operating.now);
}

/** A generation whose metadata and packages are all there. */
async function wholeGeneration(
  { paths, repository }: Operating,
  revision: string,
): Promise<{ readonly generation: Generation; readonly metadata: Metadata }> {
  const generations = await listGenerations(repodataOf(paths, repository, false));
  const generation = generations.find((one) => one.revision === revision);
  if (generation === undefined) {
    const known = generations.map((one) => one.revision).join(', ');
    throw refused('GenerationUnknown', `generation ${revision.slice(0, 40)} is not kept; there are ${known || 'none'}`);
  }
  const metadata = await readMetadata(generation.place);
  if (metadata.state === 'damaged')
    throw refused('GenerationIncomplete', `the metadata of generation ${revision} is damaged: ${metadata.why}`);
  const hrefs = [...metadata.packages.keys()];
  const there = await existing(paths.chroot(repository), hrefs);
  const missing = hrefs.filter((href) => !there.has(href));
  if (missing.length > 0) {
    const some = missing.slice(0, 3).join(', ');
    const message = `${missing.length} packages of generation ${revision} are removed: ${some}`;
    throw refused('GenerationIncomplete', message);
  }
  return { generation, metadata };
}

function refused(code: 'GenerationUnknown' | 'GenerationIncomplete', message: string): PortFailure {
  return new PortFailure(code, message);
}
