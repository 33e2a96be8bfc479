import { createHash, randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { isSafeName } from '../../src/domain/names/safe-name.js';
import type { Log } from '../loopback/log-line.js';
import { dirnameOf, STATUS, type BuildRecord } from './state.js';
import type { Store } from './store.js';

const RPM_MAGIC = Buffer.from([0xed, 0xab, 0xee, 0xdb]);
const SRPM_LIMIT = 1024 * 1024 * 1024;
const MAX_PAUSE_MS = 5000;

/**
 * Stand-in for dist-git: fetches the SRPM of a finished source build, then frees its chroots
 * (docs/neighbours/frontend.md#dist-git).
 */
export type DistGit = {
  /** Starts an import for each build that waits for one and has none running. */
  readonly look: () => void;
  /** Path of a stored SRPM; null for names that cannot be one. */
  readonly path: (owner: string, project: string, pkg: string, file: string) => string | null;
  /** The sources of a renamed project's directory move with it. */
  readonly move: (from: GitDirectory, to: GitDirectory) => Promise<void>;
  readonly stop: () => Promise<void>;
};

type GitDirectory = { readonly owner: string; readonly dirname: string };

/** SRPMs are stored as `<directory>/<owner>/<project>/<package>/<sha1>.src.rpm`: the hash is the "commit". */
export function createDistGit(deps: { readonly store: Store; readonly directory: string; readonly log: Log }): DistGit {
  const { store, log } = deps;
  const stopped = new AbortController();
  const running = new Map<number, Promise<void>>();

  const importOnce = async (build: BuildRecord): Promise<void> => {
    if (build.srpmUrl === null || build.packageName === null || !isSafeName(build.packageName)) {
      throw new Error('the report of the source build had no usable srpm_url and pkg_name');
    }
    const hash = await download(
      build.srpmUrl,
      join(deps.directory, build.owner, dirnameOf(build), build.packageName),
      stopped.signal,
    );
    if (build.source.status !== STATUS.importing || build.canceled || store.build(build.id) === null) return;
    build.source.status = STATUS.succeeded;
    build.importError = null;
    for (const chroot of build.chroots.filter((candidate) => candidate.status === STATUS.waiting)) {
      chroot.status = STATUS.pending;
      chroot.gitHash = hash;
    }
    store.saveBuild(build);
    log(`build ${build.id}: imported ${build.packageName} as ${hash}`);
  };

  const importWithRetries = async (build: BuildRecord): Promise<void> => {
    const isWanted = (): boolean =>
      build.source.status === STATUS.importing && !build.canceled && store.build(build.id) !== null;
    for (let attempt = 1; isWanted(); attempt += 1) {
      try {
        await importOnce(build);
        return;
      } catch (error) {
        if (stopped.signal.aborted) return;
        build.importError = `attempt ${attempt}: ${error instanceof Error ? error.message : String(error)}`;
        store.saveBuild(build);
        log(`build ${build.id}: import failed, trying again: ${build.importError}`);
        await pause(Math.min(250 * 2 ** attempt, MAX_PAUSE_MS), stopped.signal);
      }
    }
  };

  return {
    look: () => {
      for (const build of store.builds()) {
        if (build.source.status !== STATUS.importing || build.canceled || running.has(build.id)) continue;
        running.set(
          build.id,
          importWithRetries(build).finally(() => running.delete(build.id)),
        );
      }
    },
    path: (owner, project, pkg, file) =>
      [owner, project, pkg].every(isSafeName) && /^[0-9a-f]{40}\.src\.rpm$/.test(file)
        ? join(deps.directory, owner, project, pkg, file)
        : null,
    move: async (from, to) => {
      await mkdir(join(deps.directory, to.owner), { recursive: true });
      const [old, fresh] = [from, to].map(({ owner, dirname }) => join(deps.directory, owner, dirname));
      await rename(old ?? '', fresh ?? '').catch((error: unknown) => {
        if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
      });
    },
    stop: async () => {
      stopped.abort();
      await Promise.allSettled(running.values());
    },
  };
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    signal.addEventListener('abort', end);
  });
}

async function download(url: string, directory: string, signal: AbortSignal): Promise<string> {
  const response = await fetch(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(60_000)]) }).catch(
    (error: unknown) => {
      throw new Error(`${url} does not answer`, { cause: error });
    },
  );
  if (!response.ok || response.body === null) {
    await response.body?.cancel();
    throw new Error(`${url} answers ${response.status}`);
  }
  await mkdir(directory, { recursive: true });
  const partial = join(directory, `.${randomBytes(8).toString('hex')}.part`);
  const hash = createHash('sha1');
  let size = 0;
  let head = Buffer.alloc(0);
  async function* checked(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      size += chunk.length;
      if (size > SRPM_LIMIT) throw new Error(`${url} is larger than ${SRPM_LIMIT} bytes`);
      if (head.length < RPM_MAGIC.length) head = Buffer.concat([head, chunk]).subarray(0, RPM_MAGIC.length);
      hash.update(chunk);
      yield chunk;
    }
  }
  try {
    await pipeline(Readable.fromWeb(response.body), checked, createWriteStream(partial, { flags: 'wx' }));
    if (!head.equals(RPM_MAGIC)) throw new Error(`${url} is not an RPM file`);
    const digest = hash.digest('hex');
    await rename(partial, join(directory, `${digest}.src.rpm`));
    return digest;
  } finally {
    await rm(partial, { force: true });
  }
}
