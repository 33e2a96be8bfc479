import { execFile } from 'node:child_process';
import { copyFile, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { buildDirectory, nameOf } from './synthetic-packages.js';

const run = promisify(execFile);

/** A build with three real packages, and another form of its first one. */
export type RealBuild = {
  readonly directory: string;
  /** Paths below the chroot directory. */
  readonly rpms: readonly string[];
  /** Replaces the first package by the other form. */
  readonly replaceFirst: () => Promise<void>;
  /** Removes the first package. */
  readonly removeFirst: () => Promise<void>;
};

/** Builds with rpmbuild; `hide` is a directory outside the chroot directory where the results wait. */
export async function makeRealBuild(build: number, place: { chrootDir: string; hide: string }): Promise<RealBuild> {
  const name = nameOf((build * 37) % 400);
  const directory = buildDirectory(build, name);
  const [target, other] = [path.join(place.hide, directory), path.join(place.hide, `${directory}-other`)];
  await rpmbuild(target, { name, build, summary: 'first' });
  await rpmbuild(other, { name, build, summary: 'built again' });
  const rpms = (await readdir(target)).sort().map((file) => `${directory}/${file}`);
  const first = rpms[0] ?? '';
  return {
    directory,
    rpms,
    replaceFirst: () => copyFile(path.join(other, path.basename(first)), path.join(place.chrootDir, first)),
    removeFirst: () => rm(path.join(place.chrootDir, first)),
  };
}

/** Moves a hidden build to where its packages belong. */
export async function deliver(build: RealBuild, place: { chrootDir: string; hide: string }): Promise<void> {
  await rename(path.join(place.hide, build.directory), path.join(place.chrootDir, build.directory));
}

async function rpmbuild(directory: string, recipe: { name: string; build: number; summary: string }): Promise<void> {
  await mkdir(directory, { recursive: true });
  const work = `${directory}.rpmbuild`;
  await mkdir(work);
  const { name, build, summary } = recipe;
  const spec = [
    ...[`Name: ${name}`, 'Version: 1.0', `Release: ${build}`, `Summary: ${summary}`, 'License: MIT'],
    ...['BuildArch: noarch', '%description', name],
    ...['devel', 'libs'].flatMap((part) => [`%package ${part}`, `Summary: ${part}`, `%description ${part}`, part]),
    ...['%files', '%files devel', '%files libs', ''],
  ];
  await writeFile(path.join(work, 'package.spec'), spec.join('\n'));
  const macros = [
    `_topdir ${work}`,
    `_rpmdir ${directory}`,
    '_build_name_fmt %%{NAME}-%%{VERSION}-%%{RELEASE}.%%{ARCH}.rpm',
  ];
  const defines = macros.flatMap((macro) => ['--define', macro]);
  await run('rpmbuild', ['-bb', '--quiet', ...defines, path.join(work, 'package.spec')]);
  await rm(work, { recursive: true });
}
