import { saysTheSame } from './compare-records.js';
import { byKind, KINDS, UnusualMetadata, type ByKind } from './documents.js';
import { DocumentWriter } from './document-writer.js';
import { openIndexedDocuments } from './indexed-documents.js';
import { DamagedMetadata, type LiveFile, type LiveMetadata } from './live-metadata.js';
import { keepMemberIndex, readMemberIndex, type Member, type MemberIndex } from './member-index.js';
import { inOrder, readStaged, takeCensus, type Census, type MetadataChange, type Twin } from './metadata-change.js';
import { orderKey, recordsOf, type PackageRecord } from './package-records.js';
import type { MetadataRecord } from './metadata-record.js';
import { openWholeDocuments } from './whole-documents.js';

/** An update of the three documents; plain data, so that it can be passed to a thread. */
export type DocumentsUpdate = MetadataChange & {
  readonly live: ByKind<LiveFile>;
  /** Metadata of the added packages, made by createrepo_c; null if there are none. */
  readonly staged: ByKind<LiveFile> | null;
  /** Locations of staged packages that are not added: their existing records are compared with a fresh reading. */
  readonly witnesses: readonly string[];
  /** `xml:base` of every package; null for none. */
  readonly baseurl: string | null;
  /** Existing directory for the new documents. */
  readonly into: string;
  /** Private file for the member index; its directory exists. */
  readonly indexFile: string;
  /** Uncompressed bytes that one member of each of the three documents may have together. */
  readonly memberBytes: number;
  /** Seconds since the epoch. */
  readonly timestamp: number;
};

/** How an update ended. */
export type DocumentsUpdated =
  | {
      readonly outcome: 'updated';
      readonly records: readonly MetadataRecord[];
      readonly packages: number;
      readonly arrived: number;
      readonly left: number;
      readonly twins: readonly Twin[];
    }
  /** The published metadata already has the change; nothing was written. */
  | { readonly outcome: 'unchanged'; readonly packages: number }
  /** The existing records of these packages differ from what createrepo_c reads: no record may be reused. */
  | { readonly outcome: 'stale'; readonly packages: readonly string[] }
  /** Only createrepo_c can do it. */
  | { readonly outcome: 'notApplicable'; readonly reason: string };

/**
 * Makes the documents that createrepo_c would make from the changed set of packages, equal byte for byte when
 * uncompressed. Gzip members without a change are copied; only their locations in the primary document are read.
 */
export async function updateDocuments(update: DocumentsUpdate): Promise<DocumentsUpdated> {
  const checksums = byKind((kind) => update.live[kind].checksum);
  const index = await readMemberIndex(update.indexFile, checksums);
  try {
    if (index !== null) {
      try {
        return await updateFrom(openIndexedDocuments(update.live, index), update);
      } catch (error) {
        // Either the index or the file is wrong: reading the whole file tells which.
        if (!(error instanceof DamagedMetadata)) throw error;
      }
    }
    return await updateFrom(openWholeDocuments(update.live), update);
  } catch (error) {
    if (error instanceof UnusualMetadata || error instanceof DamagedMetadata)
      return { outcome: 'notApplicable', reason: error.message };
    throw error;
  }
}

async function updateFrom(live: LiveMetadata, update: DocumentsUpdate): Promise<DocumentsUpdated> {
  const { baseurl } = update;
  const read = update.staged === null ? [] : await readStaged(update.staged, baseurl);
  const witnesses = new Set(update.witnesses);
  const staged = read.filter(({ location }) => !witnesses.has(location));
  const fresh = new Map(read.map((record) => [record.location, record]));
  const census = await takeCensus(live, { ...update, staged, baseurl });
  const [arrived, left] = [census.arriving.length, census.leaving.size];
  if (arrived === 0 && left === 0) return { outcome: 'unchanged', packages: census.packages };

  const writers: DocumentWriter[] = [];
  try {
    for (const kind of KINDS) writers.push(new DocumentWriter(kind, update.into, census.packages));
    const stale: string[] = [];
    const members = await writeMembers(live, census, { writers, update, fresh, stale });
    if (stale.length > 0) return { outcome: 'stale', packages: stale };
    const written = members.reduce((sum, member) => sum + member.packages, 0);
    if (written !== census.packages)
      throw new Error(`${written} packages were written, and ${census.packages} were to be`);
    const records: MetadataRecord[] = [];
    const tails = byKind(() => 0);
    for (const writer of writers) {
      const { record, tail } = writer.finish(update.timestamp);
      records.push(record);
      tails[writer.kind] = tail;
    }
    await keepMemberIndex(update.indexFile, indexOf({ writers, records, tails, members }));
    return { outcome: 'updated', records, packages: written, arrived, left, twins: census.twins };
  } finally {
    for (const writer of writers) writer.close();
  }
}

type Output = {
  readonly writers: readonly DocumentWriter[];
  readonly update: DocumentsUpdate;
  /** The records createrepo_c has just made, by location. */
  readonly fresh: ReadonlyMap<string, PackageRecord>;
  /** Collects the locations of witnesses whose existing records differ. */
  readonly stale: string[];
};

async function writeMembers(live: LiveMetadata, census: Census, output: Output): Promise<readonly Member[]> {
  const { baseurl, memberBytes } = output.update;
  const members: Member[] = [];
  const arriving = [...census.arriving];
  let loose: PackageRecord[] = [];
  const witnesses = output.update.witnesses.map((location) => ({ location, key: orderKey(location) }));
  let [position, lastKey] = [0, ''];
  for await (const group of live.groups()) {
    const known = census.groups[position];
    position += 1;
    if (known === undefined) throw new DamagedMetadata('the published metadata changed meanwhile');
    const here = witnesses.filter(({ key }) => key > lastKey && key <= known.lastKey);
    if (here.length > 0) output.stale.push(...findStale(group.bodies, here, output));
    lastKey = known.lastKey;
    const later = arriving.findIndex(({ location }) => orderKey(location) > known.lastKey);
    const isLast = position === census.groups.length;
    const arrivals = arriving.splice(0, isLast || later === -1 ? arriving.length : later);
    const isTouched = known.leaves || arrivals.length > 0;
    // A group that deletions made small absorbs its neighbour.
    const isSmall = loose.length > 0 && bytesOf(loose) < memberBytes / 4;
    if (group.members !== null && !isTouched && !isSmall) {
      members.push(...makeMembers(loose, output));
      members.push(copyMember({ bodies: group.bodies, members: group.members }, known, output));
      loose = [];
    } else {
      const staying = recordsOf(group.bodies, baseurl).filter(({ location }) => !census.leaving.has(location));
      loose.push(...[...staying, ...arrivals].sort(inOrder));
      if (bytesOf(loose) > 4 * memberBytes) {
        const full = countUpTo(3 * memberBytes, loose);
        members.push(...makeMembers(loose.slice(0, full), output));
        loose = loose.slice(full);
      }
    }
  }
  members.push(...makeMembers([...loose, ...arriving], output));
  return members;
}

/** Witnesses whose existing records differ from a fresh reading, or that createrepo_c now refuses. */
function findStale(
  bodies: ByKind<Buffer>,
  witnesses: readonly { readonly location: string }[],
  { update, fresh }: Output,
): readonly string[] {
  const records = new Map(recordsOf(bodies, update.baseurl).map((record) => [record.location, record]));
  return witnesses.flatMap(({ location }) => {
    const [told, read] = [records.get(location), fresh.get(location)];
    return told === undefined || (read !== undefined && saysTheSame(told, read)) ? [] : [location];
  });
}

function copyMember(
  group: { readonly bodies: ByKind<Buffer>; readonly members: ByKind<Buffer> },
  known: Census['groups'][number],
  { writers }: Output,
): Member {
  for (const writer of writers) writer.copy(group.members[writer.kind], group.bodies[writer.kind]);
  return { packages: known.packages, last: known.last, bytes: byKind((kind) => group.members[kind].length) };
}

/** As few members as possible, of about equal size. */
function makeMembers(records: readonly PackageRecord[], output: Output): readonly Member[] {
  const members: Member[] = [];
  const total = bytesOf(records);
  const share = total / Math.max(1, Math.ceil(total / output.update.memberBytes));
  for (let begin = 0; begin < records.length;) {
    const row = records.slice(begin, begin + countUpTo(share, records.slice(begin)));
    const bytes = byKind(() => 0);
    for (const writer of output.writers)
      bytes[writer.kind] = writer.add(Buffer.concat(row.map(({ xml }) => xml[writer.kind])));
    members.push({ packages: row.length, last: row.at(-1)?.location ?? '', bytes });
    begin += row.length;
  }
  return members;
}

/** How many of the first `records` make up `bytes`; at least one. */
function countUpTo(bytes: number, records: readonly PackageRecord[]): number {
  let sum = 0;
  const last = records.findIndex((record) => (sum += record.bytes) >= bytes);
  return last === -1 ? records.length : last + 1;
}

function bytesOf(records: readonly PackageRecord[]): number {
  return records.reduce((sum, { bytes }) => sum + bytes, 0);
}

function indexOf(made: {
  readonly writers: readonly DocumentWriter[];
  readonly records: readonly MetadataRecord[];
  readonly tails: ByKind<number>;
  readonly members: readonly Member[];
}): MemberIndex {
  const checksums = byKind((kind) => made.records.find((record) => record.type === kind)?.checksum ?? '');
  const heads = byKind((kind) => made.writers.find((writer) => writer.kind === kind)?.head ?? 0);
  return { checksums, heads, tails: made.tails, members: made.members };
}
