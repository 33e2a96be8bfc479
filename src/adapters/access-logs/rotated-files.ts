import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { orNull, withStorage } from '../files/storage-failure.js';

/**
 * The files that logrotate has made of a file, the oldest first: `access.log.1`, `access.log-20261130.gz`, and with its
 * `extension` `access.1.log`, `access-20261130.log.gz`.
 */
export async function rotatedOf(file: string): Promise<readonly string[]> {
  const directory = path.dirname(file);
  const { base, name, ext } = path.parse(file);
  return withStorage(`${directory} cannot be read`, async () => {
    const names = ((await orNull(readdir(directory))) ?? []).filter(
      (one) => isRotated(one, base, '') || (ext !== '' && isRotated(one, name, ext)),
    );
    const found = await Promise.all(
      names.map(async (one) => {
        const place = path.join(directory, one);
        const stats = await orNull(stat(place)); // it was renamed meanwhile
        return stats?.isFile() === true ? [{ place, writtenAt: stats.mtimeMs }] : [];
      }),
    );
    return found
      .flat()
      .sort((one, other) => one.writtenAt - other.writtenAt)
      .map(({ place }) => place);
  });
}

/** `<before>.1<after>`, `<before>-20261130<after>`, with the hour or a time too, and `.gz` at the end or not. */
function isRotated(name: string, before: string, after: string): boolean {
  if (!name.startsWith(before)) return false;
  const rest = name.slice(before.length).replace(/\.gz$/, '');
  return rest.endsWith(after) && /^[.-]\d[\d-]*$/.test(rest.slice(0, rest.length - after.length));
}
