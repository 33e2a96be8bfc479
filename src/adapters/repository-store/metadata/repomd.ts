import { XMLParser } from 'fast-xml-parser';
import { z } from 'zod';

/** One metadata file as listed in repomd.xml. */
export type MetadataFile = {
  readonly type: string;
  /** Name below `repodata/`. */
  readonly name: string;
  readonly algorithm: string;
  readonly checksum: string;
  readonly openChecksum: string | null;
  readonly size: number;
  readonly openSize: number | null;
  /** Seconds since the epoch, as text. */
  readonly timestamp: string | null;
  /** Format of an sqlite file. */
  readonly databaseVersion: string | null;
};

/** Content of repomd.xml. */
export type Repomd = { readonly revision: string; readonly files: readonly MetadataFile[] };

const Checksum = z.object({ '#text': z.string().regex(/^[0-9a-f]{32,128}$/), '@type': z.string().regex(/^\w{1,16}$/) });
const Count = z
  .string()
  .regex(/^\d{1,15}$/)
  .transform(Number);
const Data = z.object({
  '@type': z.string().regex(/^[\w.-]{1,64}$/),
  checksum: Checksum,
  'open-checksum': Checksum.optional(),
  location: z.object({ '@href': z.string().regex(/^repodata\/[A-Za-z0-9_+][A-Za-z0-9_+.-]*$/) }),
  size: Count,
  'open-size': Count.optional(),
  timestamp: z
    .string()
    .regex(/^\d{1,15}(\.\d+)?$/)
    .optional(),
  database_version: z
    .string()
    .regex(/^\d{1,9}$/)
    .optional(),
});
const Document = z.object({
  repomd: z.object({
    revision: z
      .string()
      .regex(/^[\w.-]{0,64}$/)
      .default(''),
    data: z.array(Data).default([]),
  }),
});

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  parseTagValue: false,
  parseAttributeValue: false,
  processEntities: false,
  isArray: (name) => name === 'data',
});

/** Parses repomd.xml; null for anything else. */
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
    openSize: data['open-size'] ?? null,
    timestamp: data.timestamp ?? null,
    databaseVersion: data.database_version ?? null,
  }));
  return { revision: result.data.repomd.revision, files };
}

/** The text of repomd.xml; its files are beside it. */
export function formatRepomd(repomd: Repomd): string {
  const lines = repomd.files.flatMap((file) => {
    const type = file.algorithm === 'sha1' ? 'sha' : file.algorithm;
    return [
      `  <data type="${file.type}">`,
      `    <checksum type="${type}">${file.checksum}</checksum>`,
      ...(file.openChecksum === null ? [] : [`    <open-checksum type="${type}">${file.openChecksum}</open-checksum>`]),
      `    <location href="repodata/${file.name}"/>`,
      ...(file.timestamp === null ? [] : [`    <timestamp>${file.timestamp}</timestamp>`]),
      `    <size>${file.size}</size>`,
      ...(file.openSize === null ? [] : [`    <open-size>${file.openSize}</open-size>`]),
      ...(file.databaseVersion === null ? [] : [`    <database_version>${file.databaseVersion}</database_version>`]),
      '  </data>',
    ];
  });
  const namespaces = 'xmlns="http://linux.duke.edu/metadata/repo" xmlns:rpm="http://linux.duke.edu/metadata/rpm"';
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<repomd ${namespaces}>`,
    `  <revision>${repomd.revision}</revision>`,
    ...lines,
    '</repomd>',
    '',
  ].join('\n');
}

/** Translates createrepo's names of digests to those of node:crypto (`sha` is sha1). */
export function nodeAlgorithm(name: string): string {
  return name === 'sha' ? 'sha1' : name;
}

/** True if both list the same content, regardless of when it was made. */
export function sameContent(one: Repomd, other: Repomd): boolean {
  const key = (repomd: Repomd): string =>
    repomd.files
      .map((file) => `${file.type} ${file.checksum}`)
      .sort()
      .join('\n');
  return key(one) === key(other);
}
