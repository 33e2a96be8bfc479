import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where fetched programs are kept between checkouts: `copr-backend` in the user's cache directory. */
export function cacheDirectory(env: NodeJS.ProcessEnv = process.env): string {
  const cache = nonEmpty(env['XDG_CACHE_HOME']) ?? join(nonEmpty(env['HOME']) ?? homedir(), '.cache');
  return join(cache, 'copr-backend');
}

/** Null for a variable that is not set, or is set to nothing. */
export function nonEmpty(text: string | undefined): string | null {
  return text === undefined || text === '' ? null : text;
}
