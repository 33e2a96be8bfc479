import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createBuildCopies } from '../../../src/adapters/build-copies/build-copies.js';
import { createTreePaths } from '../../../src/adapters/file-tree/paths.js';
import { resultsPath } from '../../../src/adapters/file-tree/staging.js';
import { createProjectTree } from '../../../src/adapters/project-tree/project-tree.js';
import { createPrunableTree } from '../../../src/adapters/repository-store/survey/prunable-tree.js';
import { createResultTree } from '../../../src/adapters/result-tree/result-tree.js';
import { createTrash } from '../../../src/adapters/trash/trash.js';
import type { Storage, StorageWorld } from './storage.js';

/** A storage whose results are files below `destdir`, whatever `indexer` makes of its repositories. */
export function treeStorage(
  destdir: string,
  indexer: Storage['indexer'],
): Pick<StorageWorld, 'storage' | 'bring' | 'change'> {
  const paths = createTreePaths(destdir);
  return {
    storage: {
      ...createResultTree({ destdir }),
      projects: createProjectTree({ destdir }),
      copies: createBuildCopies({ destdir }),
      trash: createTrash({ destdir, hours: 24 }),
      prunable: createPrunableTree({ destdir }),
      indexer,
      forget: () => Promise.resolve(),
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
  };
}
