import { SOURCE_CHROOT } from '../../contracts/build/build.js';
import { isSafeName } from '../names/safe-name.js';

/** `%08d` of the build id, with `-<package>` for an RPM build; wider ids grow (docs/neighbours/storage.md#tree). */
export function targetDirectory(build: { readonly buildId: number; readonly packageName: string | null }): string {
  const id = String(build.buildId).padStart(8, '0');
  return build.packageName === null ? id : `${id}-${build.packageName}`;
}

/** Where a build's results are, below the results root. */
export function resultPath(build: Readonly<Record<'owner' | 'dirname' | 'chroot' | 'targetDir', string>>): string {
  return `${build.owner}/${build.dirname}/${build.chroot}/${build.targetDir}`;
}

/** Entries of a chroot's directory that are not builds (docs/neighbours/storage.md#tree). */
const NOT_BUILDS: ReadonlySet<string> = new Set([
  ...['repodata', 'devel', 'modules', 'appdata', 'tmp', 'cache', 'prev_build_backup'],
  ...['comps.xml', 'modules.yaml'],
]);

/** True for a name that the directory of a build may have; builds of earlier years have other names than ours. */
export function isBuildDirectoryName(name: string): boolean {
  return isSafeName(name) && !NOT_BUILDS.has(name);
}

/** True for the task of a source build: its id is the build id itself (docs/neighbours/frontend.md#lists). */
export function isSourceTask(taskId: string): boolean {
  return /^\d+$/.test(taskId);
}

/** Build id and chroot from a task id; null for any other string. */
export function parseTaskId(taskId: string): { readonly buildId: number; readonly chroot: string } | null {
  const match = /^(\d{1,15})(?:-(.+))?$/.exec(taskId);
  if (match?.[1] === undefined) return null;
  return { buildId: Number(match[1]), chroot: match[2] ?? SOURCE_CHROOT };
}

/** The project that a CoprDir belongs to: `hello` for `hello` and for `hello:pr:12` (docs/neighbours/storage.md#pruning). */
export function projectOfDirname(dirname: string): string {
  return dirname.split(':')[0] ?? dirname;
}

/** True for the CoprDir of a pull request, `hello:pr:12`. */
export function isPullRequestDirname(dirname: string): boolean {
  return dirname.includes(':pr:');
}
