import type { PackageHeader } from '../../domain/names/rpm-file.js';
import { withHeaders, type Section } from './header-section.js';

const MAX_TEXT = 4096;

const STRING = 6;
const TAGS = { name: 1000, version: 1001, release: 1002, arch: 1022, sourceRpm: 1044 } as const;

/**
 * The name of a package from its own header; null for a file that is not a package or is truncated before the end of
 * its header. Reads only kilobytes, however large it is; verifies no checksum.
 */
export function readPackageHeader(file: string): Promise<PackageHeader | null> {
  return withHeaders(file, async ({ header }) => {
    const texts = await textsOf(header);
    const [name, version, release, arch] = [TAGS.name, TAGS.version, TAGS.release, TAGS.arch].map((tag) =>
      texts?.get(tag),
    );
    if (name === undefined || version === undefined || release === undefined || arch === undefined) return null;
    return { name, version, release, arch, isSource: texts?.has(TAGS.sourceRpm) === false };
  });
}

/** The texts of `TAGS` that the header has; null if it ends too early. */
async function textsOf(header: Section): Promise<Map<number, string> | null> {
  const wanted = new Set<number>(Object.values(TAGS));
  const texts = new Map<number, string>();
  for (const entry of header.entries) {
    if (!wanted.has(entry.tag) || entry.type !== STRING) continue;
    const bytes = await header.bytesOf(entry, MAX_TEXT);
    const length = bytes?.indexOf(0) ?? -1;
    if (bytes === null || length === -1) return null;
    texts.set(entry.tag, bytes.toString('utf8', 0, length));
  }
  return texts;
}
