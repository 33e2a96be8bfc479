/**
 * True for names that a file of a user's sources may have: systemd's units have backslashes in theirs, snapshots a `^`.
 * None is hidden, an option, or leads anywhere.
 */
export function isSourceName(name: string): boolean {
  return /^[^\p{C}\s/.-][^\p{C}\s/]*$/u.test(name) && Buffer.byteLength(name) <= 200;
}
