import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import pMap from 'p-map';

/** The files of a build of one package, as a builder leaves them. */
const FILES = [
  ...['backend.log.gz', 'builder-live.log.gz', 'build.log.gz', 'root.log.gz', 'state.log.gz'],
  ...['hello-1-1.noarch.rpm', 'hello-1-1.src.rpm', 'hello.spec', 'results.json', 'success'],
];
const CHROOTS = ['fedora-42-x86_64', 'fedora-rawhide-aarch64', 'epel-9-x86_64', 'srpm-builds'];
const BUILDS_PER_CHROOT = 10;
const PROJECTS_PER_OWNER = 10;
/** Builds that are written at the same time. */
const AT_ONCE = 8;

/** The size of a tree; directories without the root itself. */
export type ResultsTree = { readonly files: number; readonly directories: number };

/** Makes a results tree of at least so many files, with the depth and the names that a backend has. */
export async function makeResultsTree(destdir: string, files: number, signal: AbortSignal): Promise<ResultsTree> {
  const builds = Math.ceil(files / FILES.length);
  const directories = new Set<string>();
  await pMap(
    Array.from({ length: builds }, (_, build) => build),
    async (build) => {
      signal.throwIfAborted();
      const names = placeOf(build);
      names.forEach((_, depth) => directories.add(names.slice(0, depth + 1).join('/')));
      const directory = path.join(destdir, ...names);
      await mkdir(directory, { recursive: true });
      for (const name of FILES) await writeFile(path.join(directory, name), name);
    },
    { concurrency: AT_ONCE },
  );
  return { files: builds * FILES.length, directories: directories.size };
}

function placeOf(build: number): readonly string[] {
  const inChroots = Math.floor(build / BUILDS_PER_CHROOT);
  const project = Math.floor(inChroots / CHROOTS.length);
  return [
    `owner${Math.floor(project / PROJECTS_PER_OWNER)}`,
    `project${project % PROJECTS_PER_OWNER}`,
    CHROOTS[inChroots % CHROOTS.length] ?? '',
    `${String(build + 1).padStart(8, '0')}-hello`,
  ];
}
