import assert from 'node:assert/strict';
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { runCommand } from '../../src/adapters/process/run-command.js';
import { KINDS } from '../../src/adapters/incremental-metadata/documents.js';
import type { GivenRepository } from './given-repository.js';
import { documentsOf, textsOf } from './metadata-documents.js';

/** The published documents are those of a run of this createrepo_c over the same tree that knows nothing of earlier ones. */
export async function assertAsFresh(given: GivenRepository, program: string): Promise<void> {
  const output = path.join(given.root, 'fresh');
  await rm(output, { recursive: true, force: true });
  await mkdir(output);
  const options = ['-q', '--no-database', '--general-compress-type=gz', '--outputdir', output];
  await runCommand(program, [given.chroot, ...options], { timeoutMs: 60_000 });
  const ours = await textsOf(await documentsOf(given.live()));
  const theirs = await textsOf(await documentsOf(path.join(output, 'repodata')));
  for (const kind of KINDS) assert.equal(ours[kind], theirs[kind], kind);
}
