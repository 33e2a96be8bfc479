import type { LockedPackage } from './lock.js';

/** Packages in the output of `apt-cache show`: each version that the archive has now. */
export function packagesShown(printed: string): readonly LockedPackage[] {
  return printed.split(/\n\n+/).flatMap((stanza) => {
    const field = (name: string): string => new RegExp(`^${name}: (.*)$`, 'm').exec(stanza)?.[1] ?? '';
    const shown = {
      name: field('Package'),
      version: field('Version'),
      sha256: field('SHA256'),
      pool: field('Filename'),
    };
    return Object.values(shown).includes('') ? [] : [shown];
  });
}

/**
 * Name and version of everything that `apt-get --print-uris` would fetch. The file's name contains both: apt writes the
 * colon of an epoch as `%3a`.
 */
export function planned(printed: string): readonly { readonly name: string; readonly version: string }[] {
  return printed.split('\n').flatMap((line) => {
    const file = /^'[^']+' (\S+\.deb) \d+ /.exec(line)?.[1];
    const [, name, version] = /^([^_]+)_([^_]+)_/.exec(file ?? '') ?? [];
    return name === undefined || version === undefined ? [] : [{ name, version: decodeURIComponent(version) }];
  });
}

/** The name under which apt keeps a fetched package. */
export function archiveFile({ name, version }: LockedPackage, ofNames: readonly string[]): string | null {
  const start = `${name}_${version.replaceAll(':', '%3a')}_`;
  return ofNames.find((file) => file.startsWith(start) && file.endsWith('.deb')) ?? null;
}

/** True if apt failed because it could not reach the archive; doubts about what it received do not count. */
export function isUnreachable(stderr: string): boolean {
  if (/NO_PUBKEY|GPG error|is not signed|Hash Sum mismatch|unexpected size/.test(stderr)) return false;
  return /Failed to fetch|Could not (resolve|connect)|Temporary failure resolving|Connection failed/.test(stderr);
}
