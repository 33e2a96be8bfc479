import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import {
  readNevras,
  readPackageFacts,
  readPrimary,
} from '../../../../src/adapters/repository-store/metadata/primary.js';
import { givenDirectory } from '../../../support/given-directory.js';

const DIGEST = 'a'.repeat(64);

function record(name: string): string {
  return (
    `<package type="rpm">\n  <name>${name}</name>\n  <arch>noarch</arch>\n` +
    '  <version epoch="2" ver="1.0^git&amp;1" rel="3.fc44"/>\n' +
    `  <checksum type="sha256" pkgid="YES">${DIGEST}</checksum>\n` +
    '  <time file="1700000001" build="1700000000"/>\n  <size package="4711" installed="1" archive="2"/>\n' +
    `  <location href="00000001-${name}/${name}&#xFC;.rpm"/>\n</package>\n`
  );
}

function documentOf(records: readonly string[], stated = records.length): string {
  return `<?xml version="1.0"?>\n<metadata xmlns="x" packages="${stated}">\n${records.join('')}</metadata>`;
}

describe('primary.xml.gz', () => {
  let root: Awaited<ReturnType<typeof givenDirectory>>;
  before(async () => {
    root = await givenDirectory();
  });
  after(() => root.remove());

  async function given(bytes: Uint8Array): Promise<string> {
    const file = path.join(root.path, 'primary.xml.gz');
    await writeFile(file, bytes);
    return file;
  }

  it('says the same of a package to whoever reads it', async () => {
    const file = await given(gzipSync(documentOf([record('a'), record('b')])));
    const href = '00000001-b/bü.rpm';
    const nevra = { name: 'b', arch: 'noarch', epoch: 2, version: '1.0^git&1', release: '3.fc44' };
    assert.deepEqual((await readPrimary(file))?.get(href), { algorithm: 'sha256', checksum: DIGEST });
    assert.deepEqual((await readNevras(file))?.at(-1), nevra);
    assert.deepEqual((await readPackageFacts(file))?.at(-1), { ...nevra, href, buildTime: 1_700_000_000, bytes: 4711 });
  });

  const whole = gzipSync(documentOf([record('a'), record('b')]));
  const damaged: readonly (readonly [string, Uint8Array])[] = [
    ['that is cut off', whole.subarray(0, whole.length - 20)],
    ['that is not gzip', Buffer.from(documentOf([record('a')]))],
    ['with fewer packages than it states', gzipSync(documentOf([record('a')], 2))],
    ['that states no number', gzipSync(record('a'))],
  ];
  for (const [what, bytes] of damaged)
    it(`is damaged for every reader: a file ${what}`, async () => {
      const file = await given(bytes);
      for (const read of [readPrimary, readNevras, readPackageFacts]) assert.equal(await read(file), null);
    });

  it('is damaged for a reader that does not find what it reads', async () => {
    const nameless = await given(gzipSync(documentOf([record('a').replace(/<name>.*<\/name>/, '')])));
    assert.deepEqual([await readNevras(nameless), await readPackageFacts(nameless)], [null, null]);
    const placeless = await given(gzipSync(documentOf([record('a').replace(/<location .*>/, '')])));
    assert.deepEqual([await readPrimary(placeless), await readPackageFacts(placeless)], [null, null]);
  });

  it('rejects where the file cannot be read, which says nothing of the metadata', async () => {
    const missing = path.join(root.path, 'missing.xml.gz');
    for (const read of [readPrimary, readNevras, readPackageFacts])
      await assert.rejects(read(missing), { code: 'ENOENT' });
  });
});
