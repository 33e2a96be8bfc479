import { XMLParser } from 'fast-xml-parser';
import { z } from 'zod';

/** One metadata file as repomd.xml names it. */
export type MetadataFile = {
  readonly type: string;
  /** Name below `repodata/`. */
  readonly name: string;
  readonly algorithm: string;
  readonly checksum: string;
  readonly openChecksum: string | null;
  readonly size: number;
};

/** What repomd.xml says. */
export type Repomd = { readonly revision: string; readonly files: readonly MetadataFile[] };

const Checksum = z.object({ '#text': z.string().regex(/^[0-9a-f]{32,128}$/), '@type': z.string() });
const Data = z.object({
  '@type': z.string().min(1),
  checksum: Checksum,
  'open-checksum': Checksum.optional(),
  location: z.object({ '@href': z.string().regex(/^repodata\/[A-Za-z0-9_+][A-Za-z0-9_+.-]*$/) }),
  size: z
    .string()
    .regex(/^\d{1,15}$/)
    .transform(Number),
});
const Document = z.object({
  repomd: z.object({ revision: z.string().default(''), data: z.array(Data).default([]) }),
});

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  parseTagValue: false,
  parseAttributeValue: false,
  processEntities: false,
  isArray: (name) => name === 'data',
});

/** Parses repomd.xml; null for anything that is none. */
export function parseRepomd(text: string): Repomd | null {
  if (!text.trimEnd().endsWith('</repomd>') || text.includes('<!DOCTYPE')) return null;
  const result = Document.safeParse(parser.parse(text));
  if (!result.success) return null;
  const files = result.data.repomd.data.map((data) => ({
    type: data['@type'],
    name: data.location['@href'].slice('repodata/'.length),
    algorithm: nodeAlgorithm(data.checksum['@type']),
    checksum: data.checksum['#text'],
    openChecksum: data['open-checksum']?.['#text'] ?? null,
    size: data.size,
  }));
  return { revision: result.data.repomd.revision, files };
}

/** createrepo's names of digests in the words of node:crypto (`sha` is sha1). */
export function nodeAlgorithm(name: string): string {
  return name === 'sha' ? 'sha1' : name;
}

/** True when both name the same content, whenever it was made. */
export function sameContent(one: Repomd, other: Repomd): boolean {
  const key = (repomd: Repomd): string =>
    repomd.files
      .map((file) => `${file.type} ${file.checksum}`)
      .sort()
      .join('\n');
  return key(one) === key(other);
}
