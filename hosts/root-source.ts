import { dirname, join } from 'node:path';
import { cachedBinaryPath } from '../temporal/binary.js';
import { configuredSources, debianArchive } from './archive-sources.js';
import type { RootSource } from './unpacked-root.js';

/** Where Debian's own package installs the keys of its archive. */
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** The project's directory in the user's cache. */
export function projectCache(): string {
  return dirname(dirname(cachedBinaryPath()));
}

/** How roots are made on this machine; `archive` takes precedence over the sources configured in apt. */
export function rootSource(
  given: Pick<RootSource, 'architecture' | 'signal' | 'say'> & { readonly archive: string | null },
): RootSource {
  const configured = debianArchive(configuredSources());
  const uri = given.archive ?? configured?.uri ?? null;
  return {
    ...given,
    cache: join(projectCache(), 'hosts'),
    archive: uri === null ? null : { uri, keyring: configured?.keyring ?? KEYRING },
  };
}
