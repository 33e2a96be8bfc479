/**
 * A name from outside that may become one segment of a path: the characters that owners, CoprDirs, chroots and package
 * names are made of (`@group`, `project:pr:12`, `fedora-42-x86_64`, `libstdc++`), not a dot file, at most 255 bytes.
 * No separator, no control character, nothing a shell or a web server reads as more than a name.
 */
export function isSafeName(name: string): boolean {
  return /^[A-Za-z0-9_@+][A-Za-z0-9_@+.:~^-]*$/.test(name) && name.length <= 255 && !name.includes('..');
}
