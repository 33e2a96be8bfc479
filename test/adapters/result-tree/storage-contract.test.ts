import { mkdir, writeFile } from 'node:fs/promises';
import assert from 'node:assert/strict';
import path from 'node:path';
import { digestOfFile } from '../../../src/adapters/files/digest.js';
import { createBuildCopies } from '../../../src/adapters/build-copies/build-copies.js';
import { resultsPath } from '../../../src/adapters/file-tree/staging.js';
import { createTreePaths } from '../../../src/adapters/file-tree/paths.js';
import { createProjectTree } from '../../../src/adapters/project-tree/project-tree.js';
import { placeOf, readMetadata } from '../../../src/adapters/repository-store/metadata/metadata.js';
import { createCreaterepoIndexer } from '../../../src/adapters/repository-store/repository-indexer.js';
import { createPrunableTree } from '../../../src/adapters/repository-store/survey/prunable-tree.js';
import { liveOf } from '../../../src/adapters/repository-store/publication/publication.js';
import { createResultTree } from '../../../src/adapters/result-tree/result-tree.js';
import { createTrash } from '../../../src/adapters/trash/trash.js';
import { givenDirectory } from '../../support/given-directory.js';
import { describeStorage } from '../../support/storage-contract/describe-storage.js';

describeStorage('a results tree on a file system', async () => {
  const root = await givenDirectory();
  const destdir = root.path;
  const paths = createTreePaths(destdir);
  return {
    storage: {
      ...createResultTree({ destdir }),
      projects: createProjectTree({ destdir }),
      copies: createBuildCopies({ destdir }),
      trash: createTrash({ destdir, hours: 24 }),
      prunable: createPrunableTree({ destdir }),
      indexer: createCreaterepoIndexer({ destdir, resultsBaseurl: 'http://results.example', graceHours: 1 }),
    },
    bring: async (staged, files) => {
      for (const [name, content] of Object.entries(files)) {
        const file = path.join(resultsPath(paths, staged), name);
        await mkdir(path.dirname(file), { recursive: true });
        await writeFile(file, content);
      }
    },
    change: async ({ of, rpms }, content) => {
      for (const name of rpms) await writeFile(path.join(resultsPath(paths, of), name), content);
    },
    published: async (repository, { devel } = { devel: false }) => {
      const chroot = paths.chroot(repository);
      const read = await readMetadata(placeOf(liveOf(paths, repository, devel)));
      if (read.state === 'damaged') return assert.fail(read.why);
      const found: Record<string, string> = {};
      for (const href of read.packages.keys())
        found[path.basename(href)] = await digestOfFile(path.join(chroot, href), 'sha256');
      return found;
    },
    close: root.remove,
  };
});
