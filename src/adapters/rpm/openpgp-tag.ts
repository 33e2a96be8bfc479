import { withHeaders } from './header-section.js';

/**
 * The tag of a signature header in which rpm 6 keeps the signatures of format 6
 * (docs/neighbours/signing.md#signatures-in-a-package).
 */
const OPENPGP = 278;

/**
 * True for a package with signatures that an rpm before version 6 neither reads nor removes. Looks into the file,
 * because such an rpm gives no sign of a tag OPENPGP. False for a file that is not a package.
 */
export async function carriesOpenpgp(file: string): Promise<boolean> {
  return (
    (await withHeaders(file, ({ signatures }) =>
      Promise.resolve(signatures.entries.some(({ tag }) => tag === OPENPGP)),
    )) ?? false
  );
}
