import { chownSync } from 'node:fs';

/** Who runs builds and remote commands; nothing of them runs as root. */
export type BuildUser = { readonly uid: number; readonly gid: number } | null;

const NOBODY = 65534;

/** `nobody` when this process is root, otherwise this process's own user (null: nothing to switch). */
export function buildUser(): BuildUser {
  return process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : null;
}

/** Gives a path to the build user. */
export function giveTo(user: BuildUser, path: string): void {
  if (user !== null) chownSync(path, user.uid, user.gid);
}
