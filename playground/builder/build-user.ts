import { chownSync } from 'node:fs';

/** The user of builds and remote commands, which never run as root. */
export type BuildUser = { readonly uid: number; readonly gid: number } | null;

const NOBODY = 65534;

/** `nobody` if this process is root, otherwise this process's own user (null: no switch needed). */
export function buildUser(): BuildUser {
  return process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : null;
}

/** Makes the build user the owner of a path. */
export function giveTo(user: BuildUser, path: string): void {
  if (user !== null) chownSync(path, user.uid, user.gid);
}
