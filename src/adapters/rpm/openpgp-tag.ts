import { withHeaders, type Section } from './header-section.js';

/**
 * Tags of a signature header: DSAHEADER, RSAHEADER, SIGPGP, SIGGPG are known to every rpm
 * (docs/neighbours/signing.md#signatures-in-a-package).
 */
const KNOWN_TO_ALL = new Set([267, 268, 1002, 1005]);
/** Signatures as texts in base64, which rpm knows since version 6. */
const OPENPGP = 278;
const BINARY = 7;
const TEXTS = 8;
/** An RSA signature of 16,384 bits has 2 KiB; what is longer counts as another signature than those that are read. */
const LONGEST = 64 * 1024;

/**
 * What of a package's signatures an rpm before version 6 does not see: `none`; `twice`, where each stands in a tag that it
 * knows, too, as rpm 6 signs format 4; `alone`, where one does not, as in every package of format 6 that rpm 6 signed.
 */
export type UnseenSignatures = 'none' | 'twice' | 'alone';

/** Looks into the file, as an old rpm tells in no way that there is such a tag; `none` for a file that is no package. */
export async function unseenSignatures(file: string): Promise<UnseenSignatures> {
  const unseen = await withHeaders(file, async ({ signatures }) => {
    const inBase64 = await textsOf(signatures);
    if (inBase64 === null) return 'none';
    const seen = await seenBy(signatures);
    const areSeen = inBase64.every((text) => seen.some((packet) => packet.equals(Buffer.from(text, 'base64'))));
    return inBase64.length > 0 && areSeen ? 'twice' : 'alone';
  });
  return unseen ?? 'none';
}

/** The texts of the tag; null where there is no such tag, and none of them where they cannot be read. */
async function textsOf(signatures: Section): Promise<readonly string[] | null> {
  const entry = signatures.entries.find(({ tag }) => tag === OPENPGP);
  if (entry === undefined) return null;
  const bytes = entry.type === TEXTS ? await signatures.bytesOf(entry, LONGEST) : null;
  const texts = bytes?.toString('latin1').split('\0') ?? [];
  return texts.length > entry.count ? texts.slice(0, entry.count) : [];
}

async function seenBy(signatures: Section): Promise<readonly Buffer[]> {
  const seen: Buffer[] = [];
  for (const entry of signatures.entries) {
    if (!KNOWN_TO_ALL.has(entry.tag) || entry.type !== BINARY || entry.count > LONGEST) continue;
    const bytes = await signatures.bytesOf(entry, entry.count);
    if (bytes?.length === entry.count) seen.push(bytes);
  }
  return seen;
}
