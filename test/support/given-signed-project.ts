import assert from 'node:assert/strict';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { createCreaterepoIndexer } from '../../src/adapters/repository-store/repository-indexer.js';
import { digestOfFile } from '../../src/adapters/files/digest.js';
import { placeOf, readMetadata } from '../../src/adapters/repository-store/metadata/metadata.js';
import type { DirectoryId } from '../../src/contracts/action/action.js';
import type { FileSigner } from '../../src/adapters/rpm/file-signer.js';
import { projectOfDirname } from '../../src/domain/build/build-directory.js';
import { NOTHING } from './given-repository.js';
import { givenRpms } from './given-rpms.js';

/**
 * The chroots of the directories made here; each has two builds `00000001-a`, `00000002-b` of a package and its source.
 */
export const CHROOTS = ['fedora-44-x86_64', 'fedora-45-x86_64'];

/** A directory of a project with published packages, signed with the project's key if a signer is given. */
export async function givenProject(destdir: string, directory: DirectoryId, signer: FileSigner | null): Promise<void> {
  const indexer = createCreaterepoIndexer({ destdir, resultsBaseurl: 'http://results.example', graceHours: 0 });
  const project = { owner: directory.owner, project: projectOfDirname(directory.dirname) };
  await signer?.ensureKey(project);
  for (const chroot of CHROOTS) {
    for (const name of ['00000001-a', '00000002-b']) {
      const build = path.join(destdir, directory.owner, directory.dirname, chroot, name);
      await mkdir(build, { recursive: true });
      const files = (await givenRpms(build, { name: name.slice(9) })).map((file) => path.join(build, file));
      await signer?.sign({ project, digest: 'sha256', files });
    }
    await indexer.publish({ ...directory, chroot }, { ...NOTHING, full: true }, {});
  }
}

/** By chroot the packages that differ from the metadata; the metadata must name all four. */
export function unnamedPackages(destdir: string, of: DirectoryId): Promise<readonly (readonly string[])[]> {
  return Promise.all(
    CHROOTS.map(async (chroot) => {
      const directory = path.join(destdir, of.owner, of.dirname, chroot);
      const metadata = await readMetadata(placeOf(path.join(directory, 'repodata')));
      if (metadata.state === 'damaged') return assert.fail(metadata.why);
      assert.equal(metadata.packages.size, 4);
      const others: string[] = [];
      for (const [href, { algorithm, checksum }] of metadata.packages)
        if ((await digestOfFile(path.join(directory, href), algorithm)) !== checksum) others.push(href);
      return others.sort();
    }),
  );
}

/** Asserts that every package has a signature of the project's key, and that this key is the published one. */
export async function assertSigned(signer: FileSigner, destdir: string, of: DirectoryId): Promise<void> {
  const project = { owner: of.owner, project: projectOfDirname(of.dirname) };
  const directory = path.join(destdir, of.owner, of.dirname);
  const all = await readdir(directory, { recursive: true });
  const files = all.filter((file) => file.endsWith('.rpm')).map((file) => path.join(directory, file));
  assert.equal(files.length, 8);
  await signer.verify({ project, digest: 'sha256', files });
  assert.equal(await readFile(path.join(directory, 'pubkey.gpg'), 'utf8'), await signer.publicKey(project));
}
