import path from 'node:path';
import type { RepositoryId } from '../../../contracts/names/ids.js';
import type { Hold } from '../../../contracts/repository/repository.js';
import type { Nevra } from '../../../domain/repository/package-diff.js';
import { PortFailure } from '../../../ports/port-failure.js';
import { createTreePaths } from '../../file-tree/paths.js';
import { listGenerations, preparedPlace, type Generation } from './generations.js';
import { readHold } from './hold.js';
import { readMetadata, readRepomd } from '../metadata/metadata.js';
import { listPins } from './pins.js';
import { readNevras } from '../metadata/primary.js';
import { existing } from '../publication/wanted-packages.js';

/** One line of a list of generations. */
export type GenerationFacts = {
  readonly generation: string;
  readonly state: 'live' | 'prepared' | 'superseded';
  /** ISO 8601 UTC; null while it is not superseded. */
  readonly supersededAt: string | null;
  readonly packages: number;
  readonly isPinned: boolean;
};

/** Shows people the kept generations of a repository; read-only. */
export type GenerationReader = {
  readonly list: () => Promise<{
    readonly hold: Hold | null;
    readonly generations: readonly GenerationFacts[];
    /** Pinned generations, kept at their own URLs. */
    readonly pins: readonly string[];
  }>;
  /** The packages of a generation (null: the live one), and which of their files are gone. */
  readonly packages: (generation: string | null) => Promise<{
    readonly generation: string;
    readonly packages: readonly Nevra[];
    readonly missing: readonly string[];
  }>;
};

/** Rejects with `GenerationUnknown` for a generation that is not kept and for a repository without metadata. */
export function openGenerations(destdir: string, repository: RepositoryId): GenerationReader {
  const paths = createTreePaths(destdir);
  const live = path.join(paths.chroot(repository), 'repodata');

  async function all(): Promise<readonly (Generation & { readonly isPrepared: boolean })[]> {
    const kept = (await listGenerations(live)).map((one) => ({ ...one, isPrepared: false }));
    const place = preparedPlace(live);
    const repomd = await readRepomd(place.repomd);
    if (repomd === null) return kept;
    const known = kept.filter(({ revision }) => revision !== repomd.revision);
    return [{ revision: repomd.revision, supersededAt: null, place, repomd, isPrepared: true }, ...known];
  }

  async function namesOf({ place, repomd, revision }: Generation): Promise<readonly Nevra[]> {
    const primary = repomd.files.find(({ type }) => type === 'primary')?.name ?? '';
    const names = await readNevras(path.join(place.repodata, primary)).catch(() => null);
    if (names !== null) return names;
    throw new PortFailure('GenerationIncomplete', `generation ${revision} is damaged`);
  }

  const reading = <T>(work: () => Promise<T>): Promise<T> => paths.within(`${live} cannot be read`, work);

  return {
    list: () => reading(list),
    packages: (wanted) => reading(() => packages(wanted)),
  };

  async function list(): ReturnType<GenerationReader['list']> {
    const pins = await listPins(paths, repository);
    const generations: GenerationFacts[] = [];
    for (const one of await all()) {
      const at = one.supersededAt;
      generations.push({
        generation: one.revision,
        state: one.isPrepared ? 'prepared' : at === null ? 'live' : 'superseded',
        supersededAt: at === null ? null : new Date(at).toISOString(),
        packages: (await namesOf(one)).length,
        isPinned: pins.includes(one.revision),
      });
    }
    return { hold: await readHold(live), generations, pins };
  }

  async function packages(wanted: string | null): ReturnType<GenerationReader['packages']> {
    const generations = await all();
    const found = generations.find((one) =>
      wanted === null ? !one.isPrepared && one.supersededAt === null : one.revision === wanted,
    );
    if (found === undefined) {
      const known = generations.map((one) => one.revision).join(', ') || 'none';
      const message = `generation ${wanted ?? '(live)'} is not kept; there are ${known}`;
      throw new PortFailure('GenerationUnknown', message);
    }
    const metadata = await readMetadata(found.place);
    const hrefs = metadata.state === 'damaged' ? [] : [...metadata.packages.keys()];
    const there = await existing(paths.chroot(repository), hrefs);
    const missing = hrefs.filter((href) => !there.has(href));
    return { generation: found.revision, packages: await namesOf(found), missing };
  }
}
