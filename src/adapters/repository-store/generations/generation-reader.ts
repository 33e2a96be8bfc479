import path from 'node:path';
import type { RepositoryId } from '../../../contracts/names/ids.js';
import type { Nevra } from '../../../domain/repository/package-diff.js';
import { PortFailure } from '../../../ports/port-failure.js';
import type { GenerationFacts, GenerationReader } from '../../../ports/repository/generation-reader.js';
import { createTreePaths } from '../../file-tree/paths.js';
import { listGenerations, preparedPlace, type Generation } from './generations.js';
import { readHold } from './hold.js';
import { readMetadata, readRepomd } from '../metadata/metadata.js';
import { listPins } from './pins.js';
import { readNevras } from '../metadata/primary.js';
import { existing } from '../publication/wanted-packages.js';

/** The generations that are kept in the results tree; `resultsBaseurl`: the tree's URL. */
export function openGenerations(
  { destdir, resultsBaseurl }: { readonly destdir: string; readonly resultsBaseurl: string },
  repository: RepositoryId,
): GenerationReader {
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
        madeAt: new Date(Number(one.revision) * 1000).toISOString(),
        supersededAt: at === null ? null : new Date(at).toISOString(),
        packages: (await namesOf(one)).length,
        isPinned: pins.includes(one.revision),
      });
    }
    return { hold: await readHold(live), generations, pins: pins.map((pin) => ({ generation: pin, url: urlOf(pin) })) };
  }

  function urlOf(generation: string): string {
    const { owner, dirname, chroot } = repository;
    return `${resultsBaseurl.replace(/\/+$/, '')}/${owner}/${dirname}/pinned/${chroot}/${generation}/`;
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
