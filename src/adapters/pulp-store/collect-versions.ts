import type { Repository } from '../pulp/answers.js';
import type { PulpRepositories } from '../pulp/repositories.js';
import type { TaskWatch } from '../pulp/tasks.js';

/**
 * Removes the versions of a repository that were superseded longer ago than the grace time and that no distribution
 * serves (a pinned one has its own). Resolves with the time when the next is due, in milliseconds since the epoch;
 * null: none waits.
 */
export async function collectVersions(input: {
  readonly repositories: PulpRepositories;
  readonly name: string;
  readonly graceMs: number;
  readonly now: number;
  readonly watch: TaskWatch;
}): Promise<number | null> {
  const { repositories, name, graceMs, now, watch } = input;
  const repository = await repositories.find(name, watch.signal);
  if (repository === null) return null;
  const versions = (await repositories.versions(repository, watch.signal)).toSorted((a, b) => a.number - b.number);
  if (versions.length < 2) return null;
  const served = await servedVersions(repositories, repository, watch);
  let next: number | null = null;
  for (const [index, version] of versions.entries()) {
    const successor = versions[index + 1];
    if (successor === undefined || served.has(version.pulp_href)) continue;
    const due = Date.parse(successor.pulp_created) + graceMs;
    if (due <= now) await repositories.remove(version.pulp_href, watch);
    else next = Math.min(next ?? due, due);
  }
  return next;
}

async function servedVersions(
  repositories: PulpRepositories,
  repository: Repository,
  { signal }: TaskWatch,
): Promise<ReadonlySet<string>> {
  const publications = await repositories.publications(repository, signal);
  const distributions = await repositories.distributions(repository.name, signal);
  const served = new Set(distributions.map(({ publication }) => publication));
  return new Set(publications.filter((one) => served.has(one.pulp_href)).map((one) => one.repository_version));
}
