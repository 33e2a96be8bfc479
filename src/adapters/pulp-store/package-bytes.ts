import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import type { RepositoryId } from '../../contracts/names/ids.js';
import { PortFailure } from '../../ports/port-failure.js';
import { syncFile } from '../files/atomic-file.js';
import type { PulpContent } from '../pulp/pulp-client.js';
import { NO_MEMORY } from '../pulp/tasks.js';
import { LIVES, type RecordedPackage } from './build-record.js';
import { nameOf } from './names.js';
import type { PublishedMetadata } from './published-metadata.js';

/** A package that Pulp has, and the new file for its bytes. */
export type WantedBytes = { readonly of: RecordedPackage; readonly to: string };

/**
 * The bytes of packages whose files are gone from the disk. Each file is checked by its sha256. Rejects with
 * `PulpUnavailable`, `PulpTaskFailed`, `PulpRefused` if Pulp lacks one, or the system's errors; files of a call that
 * failed are removed.
 */
export type PackageBytes = {
  /** Brings packages that a build of this repository gave to Pulp. */
  readonly fetch: (repository: RepositoryId, wanted: readonly WantedBytes[], signal?: AbortSignal) => Promise<void>;
};

/** Pulp gives bytes only by a path of something that is served; a path below this prefix belongs to no project. */
const SCRATCH = 'fetch=';
/** By then nobody reads from one any more: its process died. */
const SCRATCH_MS = 6 * 3_600_000;
/** Repositories whose published paths are remembered. */
const REMEMBERED = 8;

/** Where packages are served: the path of each, by its sha256. */
type Paths = ReadonlyMap<string, string>;

export function createPackageBytes(deps: {
  readonly client: PulpContent;
  readonly published: PublishedMetadata;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}): PackageBytes {
  const { published } = deps;
  const { packages, repositories } = deps.client;
  const now = deps.now ?? Date.now;
  const known = new Map<string, Promise<Paths>>();

  async function readPaths(basePath: string, signal: AbortSignal | undefined): Promise<Paths> {
    const listed = (await published.read(basePath, signal)) ?? new Map<string, never>();
    return new Map([...listed].map(([href, { checksum }]) => [checksum, href]));
  }

  /** Many builds of a repository are fetched one after the other; its metadata are read once for all of them. */
  async function pathsIn(basePath: string, wanted: readonly WantedBytes[], signal: AbortSignal | undefined) {
    const before = await known.get(basePath)?.catch(() => undefined);
    if (before !== undefined && wanted.every(({ of }) => before.has(of.sha256))) return before;
    const paths = readPaths(basePath, signal);
    known.delete(basePath);
    known.set(basePath, paths);
    for (const oldest of known.keys()) if (known.size > REMEMBERED) known.delete(oldest);
    return paths;
  }

  /** Saves those that are served below a path; returns the others. */
  async function fetchFrom(
    basePath: string,
    paths: Paths,
    wanted: readonly WantedBytes[],
    signal: AbortSignal | undefined,
  ): Promise<readonly WantedBytes[]> {
    const left: WantedBytes[] = [];
    for (const one of wanted) {
      const href = paths.get(one.of.sha256);
      const { bytes, sha256, file } = one.of;
      const saved = href === undefined ? null : await published.save({ basePath, href, bytes }, one.to, signal);
      if (saved === null) left.push(one);
      else if (saved === sha256) await syncFile(one.to);
      else
        throw new PortFailure('PulpUnavailable', `${basePath}/${href ?? file}: its sha256 is ${saved}, not ${sha256}`);
    }
    return left;
  }

  /** Serves packages that no repository serves now, for as long as they are read. */
  async function fetchUnserved(wanted: readonly WantedBytes[], signal: AbortSignal | undefined): Promise<void> {
    const units = await packages.find([...new Set(wanted.map(({ of }) => of.sha256))], signal);
    const add = wanted.map(({ of }) => units.get(of.sha256)?.pulp_href ?? absent(of));
    await removeScratch((made) => made < now() - SCRATCH_MS, signal);
    const name = `${SCRATCH}${now()}-${randomBytes(8).toString('hex')}`;
    const watch = { memory: NO_MEMORY, signal };
    try {
      // Packages that exclude each other in a repository come one after the other.
      for (const [index, one] of wanted.entries()) {
        const repository = await repositories.ensure(`${name}.${index}`, signal);
        const changed = await repositories.modify(repository, { add: [add[index] ?? ''], remove: [] }, watch);
        const { pulp_href: publication } = await repositories.publish(changed.repository.latest_version_href, watch);
        await repositories.serve({ name: `${name}.${index}`, publication, labels: {} }, watch);
        const paths = await readPaths(`${name}.${index}`, signal);
        const [left] = await fetchFrom(`${name}.${index}`, paths, [one], signal);
        if (left !== undefined) throw new PortFailure('PulpTaskFailed', `${one.of.file}: Pulp does not serve it`);
      }
    } finally {
      // After a cancel, a later call removes them when they are old: this one would wait for Pulp once more.
      if (signal?.aborted !== true) await removeScratch((_, scratch) => scratch.startsWith(`${name}.`), signal);
    }
  }

  async function removeScratch(
    isMeant: (madeAt: number, name: string) => boolean,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    for (const list of [repositories.distributions, repositories.repositories])
      for (const { pulp_href: href, name } of await list(SCRATCH, signal))
        if (isMeant(Number.parseInt(name.slice(SCRATCH.length), 10), name))
          await repositories.remove(href, { memory: NO_MEMORY, signal });
  }

  return {
    fetch: async (repository, wanted, signal) => {
      try {
        let left = wanted;
        for (const live of LIVES) {
          const name = nameOf(repository, live);
          if (left.length > 0) left = await fetchFrom(name, await pathsIn(name, left, signal), left, signal);
        }
        if (left.length > 0) await fetchUnserved(left, signal);
      } catch (error) {
        for (const { to } of wanted) await rm(to, { force: true });
        throw error;
      }
    },
  };
}

function absent({ file }: RecordedPackage): never {
  throw new PortFailure('PulpRefused', `Pulp no longer has ${path.basename(file)}, and its file is gone, too`);
}
