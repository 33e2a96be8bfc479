import type { LockedPackage } from './lock.js';

/** What `apt-cache show` says of packages: each version that the archive has now. */
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
 * What `apt-get --print-uris` would fetch, as name and version. The file's name carries both: apt puts `%3a` for the colon
 * of an epoch.
 */
export function planned(printed: string): readonly { readonly name: string; readonly version: string }[] {
  return printed.split('\n').flatMap((line) => {
    const file = /^'[^']+' (\S+\.deb) \d+ /.exec(line)?.[1];
    const [, name, version] = /^([^_]+)_([^_]+)_/.exec(file ?? '') ?? [];
    return name === undefined || version === undefined ? [] : [{ name, version: decodeURIComponent(version) }];
  });
}

/** The name under which apt keeps a package that it fetched. */
export function archiveFile({ name, version }: LockedPackage, ofNames: readonly string[]): string | null {
  const start = `${name}_${version.replaceAll(':', '%3a')}_`;
  return ofNames.find((file) => file.startsWith(start) && file.endsWith('.deb')) ?? null;
}

/** True when an apt that failed could not reach the archive; it did, where it doubts what came. */
export function isUnreachable(stderr: string): boolean {
  if (/NO_PUBKEY|GPG error|is not signed|Hash Sum mismatch|unexpected size/.test(stderr)) return false;
  return /Failed to fetch|Could not (resolve|connect)|Temporary failure resolving|Connection failed/.test(stderr);
}
