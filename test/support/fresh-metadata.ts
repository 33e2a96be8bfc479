import assert from 'node:assert/strict';
import path from 'node:path';
import { runCommand } from '../../src/adapters/process/run-command.js';
import { KINDS } from '../../src/adapters/repository-store/incremental/documents.js';
import { givenDirectory } from './given-directory.js';
import { documentsOf, textsOf } from './metadata-documents.js';

/**
 * Asserts that the published documents of a chroot directory equal those of a run of this createrepo_c on the same tree
 * without earlier metadata.
 */
export async function assertAsFresh(chroot: string, program: string): Promise<void> {
  const output = await givenDirectory();
  try {
    const options = ['-q', '--no-database', '--general-compress-type=gz', '--outputdir', output.path];
    const { code, summary } = await runCommand(program, [chroot, ...options], { timeoutMs: 600_000 });
    assert.equal(code, 0, summary);
    const ours = await textsOf(await documentsOf(path.join(chroot, 'repodata')));
    const theirs = await textsOf(await documentsOf(path.join(output.path, 'repodata')));
    for (const kind of KINDS) assert.equal(ours[kind], theirs[kind], kind);
  } finally {
    await output.remove();
  }
}
