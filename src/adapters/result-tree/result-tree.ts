import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { listedPackages } from '../../domain/names/rpm-file.js';
import type { ResultTree } from '../../ports/build/result-tree.js';
import { readPackageHeader } from '../rpm/package-header.js';
import { writeFileAtomic } from '../files/atomic-file.js';
import { appendNote, formatLines } from './backend-log.js';
import { compressLogsIn } from './compress.js';
import { deliverStaged, withdrawDelivered } from './deliver.js';
import { findDownloaded, markDownloaded } from './downloaded.js';
import { refuseDeleted } from '../file-tree/deletions.js';
import { exists, statOf } from '../files/entries.js';
import { beginPart, follow } from './live-log.js';
import { BACKEND_LOG, BUILD_INFO } from '../file-tree/own-names.js';
import { createTreePaths, insideRoot, makeDirectory } from '../file-tree/paths.js';
import { prepareDirectory } from './prepare.js';
import { buildsIn, chrootsIn, copyRpms, replaceRpms } from './replace-rpms.js';
import { readRpmPackages, readSourcePackage } from './results-json.js';
import { makeStaging, nameOfStaging, removeStaging, stagingPath } from '../file-tree/staging.js';
import { errnoOf, orNull } from '../files/storage-failure.js';

export type ResultTreeDeps = {
  readonly destdir: string;
  /** `log_max_bytes`: longest live log of one build; none by default. */
  readonly logMaxBytes?: number;
  readonly log?: { readonly warn: (facts: object, message: string) => void };
  /** For backend.log. */
  readonly now?: () => Date;
  /** Milliseconds that only grow. */
  readonly clock?: () => number;
};

/** The results tree on a file system that this process can write (docs/neighbours/storage.md#tree). */
export function createResultTree(deps: ResultTreeDeps): ResultTree {
  const paths = createTreePaths(deps.destdir);
  const now = deps.now ?? (() => new Date());
  const maxBytes = deps.logMaxBytes ?? Number.POSITIVE_INFINITY;
  const clock = deps.clock ?? (() => performance.now());

  /** File work in a build's own directory, which must really lie in the tree. */
  function inside<T>(directory: string, doing: string, work: () => Promise<T>): Promise<T> {
    return paths.within(`${directory}: ${doing}`, async () => {
      await insideRoot(paths, directory);
      try {
        return await work();
      } catch (error) {
        if (errnoOf(error) === 'ENOENT') await refuseDeleted(paths.root, directory);
        throw error;
      }
    });
  }

  const pubkey = (of: { readonly owner: string; readonly dirname: string }): string =>
    path.join(paths.project(of), 'pubkey.gpg');

  return {
    path: (place) => paths.build(place),
    prepare: async (place, runId) =>
      paths.within(`${paths.build(place)} cannot be made ready`, async () => {
        await makeDirectory(paths, paths.build(place), true);
        await prepareDirectory(paths.build(place), runId);
      }),
    note: async (place, lines, level = 'INFO') => {
      const directory = paths.build(place);
      const text = lines.map((line) => formatLines(line, { level, at: now(), pid: process.pid })).join('');
      const written = await inside(directory, 'backend.log cannot be written', () => appendNote(directory, text));
      if (!written) deps.log?.warn({ directory, lines }, 'backend.log is closed, a note was left out');
    },
    writeBuildInfo: async (place, info) => {
      const file = path.join(paths.build(place), BUILD_INFO);
      return inside(paths.build(place), 'build.info cannot be written', () =>
        writeFileAtomic(file, `build_id=${info.buildId}\nbuilder_ip=${info.host}`),
      );
    },
    beginLiveLog: async (place, divider) =>
      inside(paths.build(place), 'the live log cannot be opened', () => beginPart(paths.build(place), divider)),
    followLiveLog: async (place, base) =>
      inside(paths.build(place), 'the live log cannot be opened', () =>
        follow(paths.build(place), {
          ...{ base, maxBytes, clock },
          refuseDeleted: () => refuseDeleted(paths.root, paths.build(place)),
        }),
      ),
    newStaging: async (place) =>
      paths.within(`${paths.stagingRoot(place)}: no staging directory can be made`, () => makeStaging(paths, place)),
    markDownloaded: async (place, download) =>
      inside(paths.build(place), 'the download cannot be written down', () =>
        markDownloaded(paths.build(place), { ...download, staging: nameOfStaging(download.staging) }),
      ),
    findDownloaded: async (place, ticket) =>
      inside(paths.build(place), 'an earlier download cannot be looked for', async () => {
        const name = await findDownloaded(paths.build(place), paths.stagingRoot(place), ticket);
        return name === null ? null : stagingPath(paths, place, name);
      }),
    stagingName: nameOfStaging,
    staging: (place, name) => stagingPath(paths, place, name),
    rpms: (directory) =>
      paths.within(`${directory} cannot be read`, async () => {
        const entries = await readdir(directory, { withFileTypes: true });
        const names = entries
          .filter((entry) => entry.isFile() && entry.name.endsWith('.rpm'))
          .map((entry) => entry.name);
        return names.sort().map((name) => path.join(directory, name));
      }),
    hasSuccess: (directory) =>
      paths.within(
        `${directory} cannot be read`,
        async () => (await statOf(path.join(directory, 'success')))?.isFile() === true,
      ),
    readRpmResults: (directory) => paths.within(`${directory} cannot be read`, () => readRpmPackages(directory)),
    readSourceResults: (directory) => paths.within(`${directory} cannot be read`, () => readSourcePackage(directory)),
    foreignRpms: (directory, results) =>
      paths.within(`${directory} cannot be read`, async () => {
        const isListed = listedPackages(results.packages);
        const entries = (await readdir(directory, { withFileTypes: true })).filter(({ name }) => name.endsWith('.rpm'));
        const [unreadable, unlisted]: [string[], string[]] = [[], []];
        for (const entry of entries) {
          const header = entry.isFile() ? await readPackageHeader(path.join(directory, entry.name)) : null;
          if (header === null) unreadable.push(entry.name);
          else if (!isListed(header)) unlisted.push(entry.name);
        }
        return { unreadable: unreadable.sort(), unlisted: unlisted.sort() };
      }),
    deliver: async (place, staging) => {
      const source = stagingPath(paths, place, nameOfStaging(staging));
      return paths.within(`${paths.build(place)}: the results cannot be moved in`, async () => {
        await refuseDeleted(paths.root, paths.build(place));
        await makeDirectory(paths, paths.build(place));
        await insideRoot(paths, source);
        await deliverStaged(paths.build(place), source);
      });
    },
    withdraw: async (place, staging) =>
      inside(paths.build(place), 'the refused packages cannot be removed', () =>
        withdrawDelivered(paths.build(place), nameOfStaging(staging)),
      ),
    discardStaging: async (place) =>
      paths.within(`${paths.stagingRoot(place)} cannot be emptied`, () => removeStaging(paths, place)),
    refuseDeleted: (place) =>
      paths.within(`${paths.build(place)} cannot be read`, () => refuseDeleted(paths.root, paths.build(place))),
    compressLogs: async (place, { keepsOpen } = { keepsOpen: false }) =>
      inside(paths.build(place), 'the logs cannot be compressed', () => compressLogsIn(paths.build(place), keepsOpen)),
    hasCompressedLog: (place) =>
      paths.within(`${paths.build(place)} cannot be read`, () =>
        exists(`${path.join(paths.build(place), BACKEND_LOG)}.gz`),
      ),
    writePublicKey: async (of, armored) =>
      paths.within(`${pubkey(of)} cannot be written`, async () => {
        await makeDirectory(paths, paths.project(of));
        if ((await orNull(readFile(pubkey(of), 'utf8'))) !== armored) await writeFileAtomic(pubkey(of), armored);
      }),
    isPublicKey: async (of, armored) =>
      paths.within(
        `${pubkey(of)} cannot be read`,
        async () => (await orNull(readFile(pubkey(of), 'utf8'))) === armored,
      ),
    chroots: (of) => paths.within(`${paths.project(of)} cannot be read`, () => chrootsIn(paths, of)),
    builds: (of) => paths.within(`${paths.chroot(of)} cannot be read`, () => buildsIn(paths, of)),
    copyRpms: (place, names) =>
      paths.within(`${paths.build(place)}: RPMs cannot be copied`, () => copyRpms(paths, place, names)),
    replaceRpms: (place, staging) =>
      paths.within(`${paths.build(place)}: RPMs cannot be replaced`, () => replaceRpms(paths, place, staging)),
    hasPublicKey: async (of) =>
      ((await paths.within(`${pubkey(of)} cannot be read`, () => statOf(pubkey(of))))?.size ?? 0) > 0,
  };
}
