import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundleWorkflows } from '../../scripts/build-product.mjs';

/** One place of a compiled module, and what the next version has there. */
type Edit = { readonly file: string; readonly from: string; readonly to: string };

/** The field that the next version adds to what long-lived workflows pass on. */
const ADDED_FIELD = 'runsOfNext';

/**
 * Changes that a next version could make: a build has a step more, before all others, so no history of one version
 * replays on the other; dispatchers, repositories and projects pass on a field more, and dispatchers wait a moment in
 * each round.
 */
const EDITS: readonly Edit[] = [
  {
    file: 'build/build.js',
    from: '    const begun = await beginBuild(run, run.kind);',
    to: '    await condition(() => false, 10);\n    const begun = await beginBuild(run, run.kind);',
  },
  { file: 'build/build.js', from: 'import { CancellationScope,', to: 'import { condition, CancellationScope,' },
  {
    file: 'dispatch/dispatcher.js',
    from: 'state: packState(ledger.state()) }',
    to: `state: { ...packState(ledger.state()), ${ADDED_FIELD}: (input.state?.${ADDED_FIELD} ?? 0) + 1 } }`,
  },
  {
    file: 'dispatch/dispatcher.js',
    from: '        life.show();\n        budget.spend',
    to: '        life.show();\n        await condition(() => budget.startsOver, 10);\n        budget.spend',
  },
  {
    file: 'repository/repository.js',
    from: 'carried: { mail: mailbox.mail(), ...record.past }',
    to: `carried: { mail: mailbox.mail(), ...record.past, ${ADDED_FIELD}: (carried?.${ADDED_FIELD} ?? 0) + 1 }`,
  },
  {
    file: 'project/project.js',
    from: 'carried: mailbox.mail() }',
    to: `carried: { ...mailbox.mail(), ${ADDED_FIELD}: (input.carried?.${ADDED_FIELD} ?? 0) + 1 } }`,
  },
];

/** All that a worker and the commands need, apart from their packages. */
const PARTS = ['bin', 'scripts', 'dist', 'package.json'];

/**
 * Makes a next version of this product in a directory: a copy whose workflows are edited and bundled again. Throws if
 * a place to edit is not there, or not there once: then the workflows have changed and the edits have to follow.
 */
export async function makeNextVersion(root: string, directory: string): Promise<void> {
  mkdirSync(directory, { recursive: true });
  for (const part of PARTS) cpSync(join(root, part), join(directory, part), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(directory, 'node_modules'));
  for (const { file, from, to } of EDITS) {
    const path = join(directory, 'dist/src/workflows', file);
    const parts = readFileSync(path, 'utf8').split(from);
    if (parts.length !== 2)
      throw new Error(`${file} has ${parts.length - 1} times what the next version changes: ${from}`);
    writeFileSync(path, parts.join(to));
  }
  await bundleWorkflows(directory);
}

/** The bundle that the workers of a version load. */
export function bundleOf(version: string): string {
  return join(version, 'dist/workflow-bundle.js');
}
