import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { copyFile, link, mkdir, readFile, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { openGnupgHome, type GnupgHome } from '../../../src/adapters/gpg/gnupg-home.js';
import { findProgram } from '../../../src/adapters/gpg/find-program.js';
import { carriesOpenpgp } from '../../../src/adapters/rpm/openpgp-tag.js';
import { givenDirectory } from '../../support/given-directory.js';
import { hostRpm } from '../../support/host-rpm.js';

const FIXTURES = path.join(import.meta.dirname, '../../fixtures/rpm');
const OPERATIONS = ['--addsign', '--resign', '--delsign'] as const;

/** Into the file that every hard link leads to, or a new one; `same bytes`: a new one with the old content. */
type Writes = 'in place' | 'new file' | 'same bytes' | 'refused';

/** docs/tool-behaviour.md: for --addsign, --resign, --delsign. */
const TABLE: Readonly<Record<string, Readonly<Record<string, readonly [Writes, Writes, Writes]>>>> = {
  '4.18': {
    'plain-4': ['in place', 'in place', 'new file'],
    'signed-4': ['new file', 'new file', 'new file'],
    'plain-6': ['new file', 'new file', 'new file'],
    'signed-6': ['new file', 'new file', 'new file'],
  },
  '4.20': {
    'plain-4': ['new file', 'new file', 'same bytes'],
    'signed-4': ['new file', 'new file', 'new file'],
    'plain-6': ['new file', 'new file', 'same bytes'],
    'signed-6': ['new file', 'new file', 'same bytes'],
  },
  '6.1': {
    'plain-4': ['in place', 'in place', 'same bytes'],
    'signed-4': ['refused', 'new file', 'in place'],
    'plain-6': ['in place', 'in place', 'same bytes'],
    'signed-6': ['in place', 'new file', 'in place'],
  },
};

/** rpmsign alone, without the product: what the product's copies are for. */
describe('rpmsign of this host', function () {
  this.timeout(240_000);

  it('writes where docs/tool-behaviour.md says, into hard links too, and leaves OPENPGP where it does not know it', async function () {
    const { version, knowsOpenpgp } = await hostRpm();
    const expected = TABLE[version.split('.').slice(0, 2).join('.')];
    if (expected === undefined) return this.skip();
    const root = await givenDirectory();
    const home = openGnupgHome(path.join(root.path, 'keys'));
    try {
      const sign = await givenKey(home);
      const seen: Record<string, Writes[]> = {};
      for (const name of Object.keys(expected)) {
        seen[name] = [];
        for (const operation of OPERATIONS) {
          const directory = path.join(root.path, 'tried');
          await mkdir(directory);
          const [file, sibling] = [path.join(directory, 'p.rpm'), path.join(directory, 'sibling.rpm')];
          await copyFile(path.join(FIXTURES, `${name}.rpm`), file);
          await link(file, sibling);
          const before = await factsOf(file);
          const { code } = await home.run('rpmsign', [...(operation === '--delsign' ? [] : sign), operation, file]);
          const [after, other] = [await factsOf(file), await factsOf(sibling)];
          assert.equal(other.inode, before.inode);
          assert.equal(other.sha256 === before.sha256, code !== 0 || after.inode !== before.inode, 'the sibling');
          assert.equal(after.links, after.inode === before.inode ? 2 : 1);
          const writes = after.inode === before.inode ? 'in place' : 'new file';
          seen[name].push(
            code !== 0 ? 'refused' : writes === 'new file' && after.sha256 === before.sha256 ? 'same bytes' : writes,
          );
          if (name === 'signed-6') assert.equal(await carriesOpenpgp(file), !knowsOpenpgp || operation !== '--delsign');
          await rm(directory, { recursive: true });
        }
      }
      assert.deepEqual(seen, expected);
    } finally {
      await home.close();
      await root.remove();
    }
  });
});

async function givenKey(home: GnupgHome): Promise<readonly string[]> {
  const batch = ['--batch', '--pinentry-mode', 'loopback', '--passphrase', ''];
  const made = await home.run('gpg', [...batch, '--quick-generate-key', 'a <a@example.org>', 'rsa2048', 'sign', '1y']);
  assert.equal(made.code, 0, made.summary);
  const { stdout } = await home.run('gpg', ['--batch', '--with-colons', '--list-keys']);
  const fingerprint = /(?<=^fpr:.*:)[0-9A-F]{40}/m.exec(stdout)?.[0] ?? '';
  const macros = [`_gpg_name ${fingerprint}`, `__gpg ${await findProgram('gpg')}`, '_gpg_digest_algo sha256'];
  return macros.flatMap((macro) => ['--define', macro]);
}

async function factsOf(
  file: string,
): Promise<{ readonly inode: number; readonly links: number; readonly sha256: string }> {
  const { ino, nlink } = await stat(file);
  return {
    inode: ino,
    links: nlink,
    sha256: createHash('sha256')
      .update(await readFile(file))
      .digest('hex'),
  };
}
