import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import assert from 'node:assert/strict';
import { parseRepomd, type Repomd } from '../../src/adapters/repository-store/metadata/repomd.js';
import { byKind, type ByKind } from '../../src/adapters/repository-store/incremental/documents.js';
import type { LiveFile } from '../../src/adapters/repository-store/incremental/live-metadata.js';

/** repomd.xml of a directory. */
export async function repomdOf(repodata: string): Promise<Repomd> {
  return parseRepomd(await readFile(path.join(repodata, 'repomd.xml'), 'utf8')) ?? assert.fail('no repomd.xml');
}

/** The three documents that repomd.xml names. */
export async function documentsOf(repodata: string): Promise<ByKind<LiveFile>> {
  const { files } = await repomdOf(repodata);
  return byKind((kind) => {
    const file = files.find(({ type }) => type === kind) ?? assert.fail(`no ${kind}`);
    return { path: path.join(repodata, file.name), checksum: file.checksum, size: file.size };
  });
}

/** The content of the documents, uncompressed. */
export async function textsOf(documents: ByKind<{ readonly path: string }>): Promise<ByKind<string>> {
  const read = async (kind: keyof typeof documents): Promise<string> =>
    gunzipSync(await readFile(documents[kind].path)).toString();
  return { primary: await read('primary'), filelists: await read('filelists'), other: await read('other') };
}
