import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createPrunableTree } from '../../src/adapters/repository-store/survey/prunable-tree.js';
import type { PruneStatus } from '../../src/contracts/prune/prune.js';
import { parsePlanLine } from '../../src/domain/prune/prune-plan.js';
import { pausePruning, pruneRun } from '../../src/starters/prune-run.js';
import { askRun } from '../../src/starters/steered-run.js';
import { givenPruneWorld, type PruneWorld } from './prune-world.js';
import { temporal } from './temporal.js';

const PATIENCE_MS = 240_000;

/**
 * Executes a plan with a pause in between while its worker is killed twice (once during the pause, once in the middle
 * of a directory): exactly the things it names must be gone, from the metadata and from the disk. Throws if they are
 * not.
 */
export async function pruneThroughKills(
  size: { readonly chroots: number; readonly builds: number },
  say: (line: string) => void,
): Promise<void> {
  const world = await givenPruneWorld(size);
  try {
    const before = await world.rpms();
    const { planned, file } = await makePlan(world, size);
    say(`planned: ${planned.length} of ${before.length} files`);
    await world.startWorker();
    const applied = await world.command('--apply', file, '--no-wait');
    assert.equal(applied.code, 0, applied.summary);
    const { client } = await temporal();
    const open = { client, namespace: 'default', close: () => Promise.resolve() };
    const until = (what: string, fact: (status: PruneStatus) => boolean): Promise<PruneStatus> =>
      waitFor(what, () => askRun(open, pruneRun(world.storage)).catch(() => null), fact);

    await until('something is gone', ({ gone }) => gone > 0);
    await pausePruning(open, world.storage, 'pause');
    const paused = await until('it is paused', ({ stage }) => stage === 'paused');
    say(`paused: ${paused.gone} of ${paused.plan.count} gone`);
    assert.ok(paused.gone < planned.length && paused.underWay.length === 0);
    await world.killWorker();
    await world.startWorker();
    assert.equal((await until('it answers again', () => true)).gone, paused.gone, 'nothing moves in a pause');
    await pausePruning(open, world.storage, 'resume');
    const resumed = await until('it goes on', ({ gone, underWay }) => gone > paused.gone && underWay.length > 0);
    await world.killWorker();
    say(`killed: ${resumed.gone} of ${resumed.plan.count} gone, ${resumed.underWay.join(', ')} under way`);
    await world.startWorker();
    const { outcome } = await until('it has ended', (status) => status.outcome !== null);
    assert.deepEqual(outcome, { result: 'succeeded', gone: planned.length, kept: 0, failed: 0, finished: 1 });
    await isExactlyGone(world, before, planned);
    const reports = world.frontend.seen.filter((seen) => seen.path.includes('final-prunerepo-done'));
    assert.deepEqual(
      reports.map(({ body }) => body),
      [[world.chroots.at(-1)]],
      'the inactive chroot is reported once',
    );
    say('exactly the plan is gone');
  } finally {
    await world.remove();
  }
}

async function makePlan(
  world: PruneWorld,
  size: { readonly builds: number },
): Promise<{ readonly planned: readonly string[]; readonly file: string }> {
  const made = await world.command('--dry-run');
  assert.equal(made.code, 0, made.summary);
  const planned = made.stdout.split('\n').flatMap((line) => {
    const parsed = parsePlanLine(line);
    if (parsed.type !== 'removal') return [];
    const { owner, dirname, chroot } = parsed.repository;
    return [`${owner}/${dirname}/${chroot}/${parsed.removal.path}`];
  });
  assert.equal(planned.length, (size.builds * 3 * 2) / 5, 'a package and its source for each superseded build');
  const file = path.join(path.dirname(world.destdir), 'plan');
  await writeFile(file, made.stdout);
  return { planned, file };
}

async function isExactlyGone(world: PruneWorld, before: readonly string[], planned: readonly string[]): Promise<void> {
  const gone = new Set(planned);
  const left = before.filter((file) => !gone.has(file));
  const tree = createPrunableTree({ destdir: world.destdir });
  for (const chroot of world.chroots) {
    const survey = await tree.survey({ owner: 'jdoe', dirname: 'hello', chroot });
    assert.ok(survey.state === 'whole', 'why' in survey ? survey.why : '');
    const prefix = `jdoe/hello/${chroot}/`;
    assert.deepEqual(
      survey.packages.map(({ href }) => `${prefix}${href}`).toSorted(),
      left.filter((file) => file.startsWith(prefix)),
    );
  }
  await waitFor('the files are removed', world.rpms, (files) => files.length <= left.length);
  assert.deepEqual(await world.rpms(), left);
}

async function waitFor<T>(what: string, look: () => Promise<T | null>, fact: (seen: T) => boolean): Promise<T> {
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    const seen = await look();
    if (seen !== null && fact(seen)) return seen;
    if (Date.now() > end) throw new Error(`waited in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
