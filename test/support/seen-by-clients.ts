import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';

/**
 * Reads a repository like a client that has nothing of it: repomd.xml, then the primary metadata, then every package.
 * Resolves with the sha256 of each package by the name of its file; fails if anything is missing or is not what the
 * metadata say. Pulp serves the files of its newest publication alone: if another was published meanwhile, the client
 * begins again.
 */
export async function seenByClients(baseurl: string): Promise<Readonly<Record<string, string>>> {
  const url = baseurl.replace(/\/*$/, '/');
  for (;;) {
    const repomd = await textAt(`${url}repodata/repomd.xml`);
    try {
      return await packagesOf(url, repomd);
    } catch (error) {
      if ((await textAt(`${url}repodata/repomd.xml`)) === repomd) throw error;
    }
  }
}

async function packagesOf(url: string, repomd: string): Promise<Readonly<Record<string, string>>> {
  const primary = /<data type="primary">.*?<location href="([^"]+)"/s.exec(repomd)?.[1] ?? assert.fail(repomd);
  const text = gunzipSync(await bytesAt(url + primary)).toString('utf8');
  const seen: Record<string, string> = {};
  for (const record of text.split('<package ').slice(1)) {
    const href = /<location\b[^>]*\bhref="([^"]+)"/.exec(record)?.[1] ?? assert.fail(record);
    const stated = /<checksum type="sha256" pkgid="YES">(\w+)</.exec(record)?.[1];
    const sha256 = createHash('sha256')
      .update(await bytesAt(url + href))
      .digest('hex');
    assert.equal(sha256, stated, href);
    seen[href.split('/').at(-1) ?? href] = sha256;
  }
  return seen;
}

async function textAt(url: string): Promise<string> {
  return (await bytesAt(url)).toString('utf8');
}

async function bytesAt(url: string): Promise<Buffer> {
  const answer = await fetch(url);
  assert.equal(answer.status, 200, url);
  return Buffer.from(await answer.arrayBuffer());
}
