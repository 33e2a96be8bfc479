import type { RepositoryId } from '../../contracts/names/ids.js';
import { PortFailure } from '../../ports/port-failure.js';
import type { GenerationFacts, GenerationReader } from '../../ports/repository/generation-reader.js';
import type { Distribution, Publication, Version } from '../pulp/answers.js';
import type { PulpContent } from '../pulp/pulp-client.js';
import { holdOf, revisionOf } from './generation.js';
import { nameOf, pinnedGeneration, pinOf } from './names.js';
import type { PublishedMetadata } from './published-metadata.js';

/** A version that was published: a generation. */
type Generation = {
  readonly version: Version;
  readonly state: GenerationFacts['state'];
  readonly next: Version | null;
};

/** The generations that Pulp has of a chroot's public repository. Also rejects like PulpRepositories. */
export function openPulpGenerations(
  deps: { readonly client: PulpContent; readonly published: Pick<PublishedMetadata, 'urlOf'> },
  repository: RepositoryId,
): GenerationReader {
  const { packages, repositories } = deps.client;
  const name = nameOf(repository, 'public');

  /** The newest first. */
  async function all(distribution: Distribution | null): Promise<readonly Generation[]> {
    const found = await repositories.find(name);
    if (found === null) return [];
    const publications = await repositories.publications(found);
    const isPublished = ({ pulp_href: href }: Version): boolean =>
      publications.some(({ repository_version: version }) => version === href);
    const versions = (await repositories.versions(found)).filter(isPublished).toSorted((a, b) => b.number - a.number);
    const live = versions.findIndex((version) => isServed(version, versions, publications, distribution));
    return versions.map((version, index) => {
      const state = index === live ? 'live' : index < live ? 'prepared' : 'superseded';
      return { version, state, next: versions[index - 1] ?? null };
    });
  }

  return {
    list: async () => {
      const distribution = await repositories.distribution(name);
      const pins = (await repositories.distributions(pinOf(name, ''))).flatMap((pin) => {
        const generation = pinnedGeneration(name, pin.name);
        return generation === null ? [] : [{ generation, url: deps.published.urlOf(pin.name).href }];
      });
      const generations: GenerationFacts[] = [];
      for (const { version, state, next } of await all(distribution)) {
        const generation = revisionOf(version);
        generations.push({
          ...{ generation, state, madeAt: new Date(version.pulp_created).toISOString() },
          supersededAt: state === 'superseded' && next !== null ? new Date(next.pulp_created).toISOString() : null,
          packages: (await repositories.countedVersion(version.pulp_href)).counts.present,
          isPinned: pins.some((pin) => pin.generation === generation),
        });
      }
      return { hold: holdOf(distribution), generations, pins };
    },

    packages: async (wanted) => {
      const generations = await all(await repositories.distribution(name));
      const found = generations.find(({ version, state }) =>
        wanted === null ? state === 'live' : revisionOf(version) === wanted,
      );
      if (found === undefined) {
        const known = generations.map(({ version }) => revisionOf(version)).join(', ') || 'none';
        const message = `${name}: generation ${wanted ?? '(live)'} is not kept; there are ${known}`;
        throw new PortFailure('GenerationUnknown', message);
      }
      // Packages of a version stay at Pulp with it, even if their builds are gone.
      const units = await packages.ofVersion(found.version.pulp_href);
      return { generation: revisionOf(found.version), packages: units, missing: [] };
    },
  };
}

/** A distribution of another service is bound to the repository: it serves the newest version that was published. */
function isServed(
  version: Version,
  versions: readonly Version[],
  publications: readonly Publication[],
  distribution: Distribution | null,
): boolean {
  if (distribution === null) return false;
  if (distribution.publication === null) return distribution.repository !== null && version === versions[0];
  return publications.some(
    ({ pulp_href: href, repository_version: of }) => href === distribution.publication && of === version.pulp_href,
  );
}
