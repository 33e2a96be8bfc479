import { SOURCE_CHROOT } from '../../contracts/build/build.js';

export type BuiltPackage = {
  readonly owner: string;
  /** The project's directory, as in results URLs. */
  readonly dirname: string;
  /** Null for a source build. */
  readonly chroot: string | null;
  /** Null until it is known. */
  readonly packageName: string | null;
};

/** Where a build belongs, in one line: `owner/project in fedora-42-x86_64, package hello`. */
export function packageText({ owner, dirname, chroot, packageName }: BuiltPackage): string {
  const what = packageName === null ? '' : `, package ${packageName}`;
  return `${owner}/${dirname} in ${chroot ?? SOURCE_CHROOT}${what}`;
}
