import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { readPackageHeader } from '../../../src/adapters/rpm/package-header.js';
import { givenDirectory } from '../../support/given-directory.js';
import { givenRpms } from '../../support/given-rpms.js';

describe('readPackageHeader', () => {
  let root: Awaited<ReturnType<typeof givenDirectory>>;

  beforeEach(async () => {
    root = await givenDirectory();
  });
  afterEach(() => root.remove());

  it('reads what rpmbuild wrote, whatever it called the files', async () => {
    const release = '2.x%{macro}';
    const names = await givenRpms(root.path, {
      name: 'hello',
      version: '1^git~rc',
      release,
      fileName: 'any-%{NAME}.rpm',
    });
    assert.deepEqual(names, ['any-hello.rpm', 'hello-1^git~rc-2.x%{macro}.src.rpm']);
    const headers = await Promise.all(names.map((name) => readPackageHeader(path.join(root.path, name))));
    const same = { name: 'hello', version: '1^git~rc', release, arch: 'noarch' };
    assert.deepEqual(headers, [
      { ...same, isSource: false },
      { ...same, isSource: true },
    ]);
  });

  it('takes nothing for a package that is cut off before the end of its header, or says impossible sizes', async () => {
    const [name = ''] = await givenRpms(root.path, { name: 'hello' });
    const whole = await readFile(path.join(root.path, name));
    const file = path.join(root.path, 'broken.rpm');
    for (let length = 0; length < whole.length - 200; length += 97) {
      await writeFile(file, whole.subarray(0, length));
      const header = await readPackageHeader(file);
      assert.ok(header === null || length > 4096, `${length} bytes`);
    }
    for (const at of [96 + 8, 96 + 12]) {
      const wrong = Buffer.from(whole);
      wrong.writeUInt32BE(0xff_ff_ff_ff, at);
      await writeFile(file, wrong);
      assert.equal(await readPackageHeader(file), null);
    }
    await writeFile(file, 'no package');
    assert.equal(await readPackageHeader(file), null);
  });

  it('never fails for a package whose bytes were changed', async () => {
    const [name = ''] = await givenRpms(root.path, { name: 'hello' });
    const whole = await readFile(path.join(root.path, name));
    const file = path.join(root.path, 'changed.rpm');
    for (let at = 96; at < Math.min(whole.length, 8000); at += 41) {
      const changed = Buffer.from(whole);
      changed[at] = (changed[at] ?? 0) ^ 0xff;
      await writeFile(file, changed);
      const header = await readPackageHeader(file);
      assert.ok(header === null || typeof header.name === 'string');
    }
  });
});
