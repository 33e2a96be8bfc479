/**
 * True for names that a file of a user's sources may have: systemd's units contain backslashes, snapshots a `^`. Hidden
 * names, options, and names that lead elsewhere are refused.
 */
export function isSourceName(name: string): boolean {
  return /^[^\p{C}\s/.-][^\p{C}\s/]*$/u.test(name) && Buffer.byteLength(name) <= 200;
}
