import assert from 'node:assert/strict';
import path from 'node:path';
import { digestOfFile } from '../../../src/adapters/files/digest.js';
import { createTreePaths } from '../../../src/adapters/file-tree/paths.js';
import { placeOf, readMetadata } from '../../../src/adapters/repository-store/metadata/metadata.js';
import { createCreaterepoIndexer } from '../../../src/adapters/repository-store/repository-indexer.js';
import { repodataOf } from '../../../src/adapters/file-tree/repodata.js';
import { givenDirectory } from '../../support/given-directory.js';
import { describeStorage } from '../../support/storage-contract/describe-storage.js';
import { treeStorage } from '../../support/storage-contract/tree-storage.js';

describeStorage('a results tree on a file system', async () => {
  const root = await givenDirectory();
  const destdir = root.path;
  const paths = createTreePaths(destdir);
  return {
    ...treeStorage(
      destdir,
      createCreaterepoIndexer({ destdir, resultsBaseurl: 'http://results.example', graceHours: 1 }),
    ),
    published: async (repository, { devel } = { devel: false }) => {
      const chroot = paths.chroot(repository);
      const read = await readMetadata(placeOf(repodataOf(paths, repository, devel)));
      if (read.state === 'damaged') return assert.fail(read.why);
      const found: Record<string, string> = {};
      for (const href of read.packages.keys())
        found[path.basename(href)] = await digestOfFile(path.join(chroot, href), 'sha256');
      return found;
    },
    close: root.remove,
  };
});
