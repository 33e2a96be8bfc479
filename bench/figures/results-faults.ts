import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { publishedIn } from '../../playground/start/published.js';
import { repositoryFault } from '../../playground/start/verdict.js';
import { targetDirectory } from '../../src/domain/build/build-directory.js';
import { PACKAGE, partName } from '../stand-ins/prepared-packages.js';

/** Missing results of successful builds: packages in the metadata, lines in the logs. Empty if nothing is missing. */
export async function resultsFaults(input: {
  /** `<destdir>/<owner>/<project>/<chroot>`. */
  readonly chrootDirectory: string;
  /** The pool's state, which keeps each builder's own log. */
  readonly poolDirectory: string;
  readonly builds: readonly { readonly id: number; readonly taskId: string }[];
  readonly packages: number;
}): Promise<readonly string[]> {
  const faults: string[] = [];
  for (const { id, taskId } of input.builds) {
    const unlisted = await repositoryFault(publishedIn(input.chrootDirectory), partName(id % input.packages));
    if (unlisted !== null) faults.push(`${taskId}: ${unlisted}`);
    const directory = join(input.chrootDirectory, targetDirectory({ buildId: id, packageName: PACKAGE }));
    const kept = join(input.poolDirectory, 'logs', `${taskId}.log`);
    const received = join(directory, 'builder-live.log.gz');
    if (!existsSync(kept)) faults.push(`${taskId}: the builder's own log is missing`);
    else if (!existsSync(received)) faults.push(`${taskId}: ${received} is missing`);
    else if (!gunzipSync(readFileSync(received)).equals(readFileSync(kept))) {
      faults.push(`${taskId}: its live log differs from the builder's own`);
    }
  }
  return faults;
}
