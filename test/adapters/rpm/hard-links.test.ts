import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { copyFile, link, mkdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { createGpgSigner } from '../../../src/adapters/gpg/signer.js';
import { createKeygen } from '../../../src/adapters/obs-sign/keygen.js';
import { createObsSigner } from '../../../src/adapters/obs-sign/signer.js';
import type { FileSigner } from '../../../src/adapters/rpm/file-signer.js';
import { givenDirectory } from '../../support/given-directory.js';
import { givenRpms } from '../../support/given-rpms.js';
import { hostRpm } from '../../support/host-rpm.js';
import { givenSignd, givenSignProgram } from '../../support/given-signd.js';

const PROJECT = { owner: '@group', project: 'tools' };
const OTHER = { owner: 'alice', project: 'tools' };
const FIXTURE = path.join(import.meta.dirname, '../../fixtures/rpm/plain-6.rpm');

type Tested = { readonly signer: FileSigner; readonly close: () => Promise<void> };

/** Where rpmsign writes in place differs by version and operation: docs/tool-behaviour.md. */
describe('packages that have hard links elsewhere', function () {
  this.timeout(240_000);

  const SIGNERS: Readonly<Record<string, (root: string) => Promise<Tested>>> = {
    gpg: (root) => {
      const signer = createGpgSigner({ home: path.join(root, 'keys'), signDomain: 'example.org' });
      return Promise.resolve({ signer, close: signer.close });
    },
    'obs-sign': async (root) => {
      const signd = await givenSignd(root);
      const signer = createObsSigner({
        program: await givenSignProgram(root, signd.port),
        keygen: createKeygen({ host: signd.keygenHost }),
        signDomain: 'example.org',
        scratch: path.join(root, 'scratch'),
        parallel: 4,
      });
      return {
        signer,
        close: async () => {
          await signer.close();
          await signd.close();
        },
      };
    },
  };

  for (const [name, open] of Object.entries(SIGNERS)) {
    it(`are signed, signed anew and unsigned by ${name} without a change of any sibling`, async () => {
      const root = await givenDirectory();
      const { signer, close } = await open(root.path);
      try {
        await signer.ensureKey(PROJECT);
        await signer.ensureKey(OTHER);
        const directory = path.join(root.path, 'results');
        await mkdir(directory);
        const built = await givenRpms(directory, { name: 'hello' });
        const file = path.join(directory, built[0] ?? '');
        const otherFormat = path.join(directory, 'six-1.0-1.noarch.rpm');
        await copyFile(FIXTURE, otherFormat);
        // obs-sign signs format 6 where an older rpm does not look.
        const files = name === 'gpg' || (await hostRpm()).knowsOpenpgp ? [file, otherFormat] : [file];
        const request = { digest: 'sha256', files } as const;

        const steps: readonly (readonly [string, () => Promise<unknown>])[] = [
          ['signing', () => signer.sign({ ...request, project: OTHER })],
          ['signing anew', () => signer.sign({ ...request, project: PROJECT })],
          ['unsigning', () => signer.unsign({ files })],
          ['unsigning what is not signed', () => signer.unsign({ files })],
        ];
        for (const [step, doIt] of steps) {
          // A sibling as a branch or a fork has it, made before each step.
          const siblings = files.map((one) => `${one}.before-${step.replaceAll(' ', '-')}`);
          for (const [index, one] of files.entries()) await link(one, siblings[index] ?? '');
          const before = await Promise.all(siblings.map(factsOf));
          await doIt();
          const after = await Promise.all(siblings.map(factsOf));
          for (const [index, { inode, sha256 }] of before.entries()) {
            assert.deepEqual(
              [after[index]?.inode, after[index]?.sha256],
              [inode, sha256],
              `${step}: ${siblings[index] ?? ''}`,
            );
            const isSame = (await factsOf(files[index] ?? '')).sha256 === sha256;
            assert.equal(isSame, step === 'unsigning what is not signed', `${step} changes the file itself`);
          }
        }
      } finally {
        await close();
        await root.remove();
      }
    });
  }
});

async function factsOf(file: string): Promise<{ readonly inode: number; readonly sha256: string }> {
  const bytes = await readFile(file);
  return { inode: (await stat(file)).ino, sha256: createHash('sha256').update(bytes).digest('hex') };
}
