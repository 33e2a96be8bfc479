import assert from 'node:assert/strict';
import { readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createPlanFiles } from '../../../src/adapters/plan-files/plan-files.js';
import { MAX_INLINE_LIST, repositoryChange } from '../../../src/contracts/repository/repository.js';
import { givenDirectory } from '../../support/given-directory.js';
import { refusalOf } from '../../support/rejection.js';

const REPOSITORY = { owner: '@group', dirname: 'project', chroot: 'fedora-42-x86_64' };
const many = Array.from({ length: 5000 }, (_, index) => `${String(index).padStart(8, '0')}-a/a-1-1.noarch.rpm`);

describe('createPlanFiles', () => {
  let root: Awaited<ReturnType<typeof givenDirectory>>;
  beforeEach(async () => void (root = await givenDirectory()));
  afterEach(() => root.remove());
  const staging = (): string => path.join(root.path, REPOSITORY.owner, REPOSITORY.dirname, '.staging');

  it('leaves short lists where they are and keeps long ones in one file, whole', async () => {
    const plans = createPlanFiles({ destdir: root.path });
    const short = repositoryChange('change', { add: many.slice(0, MAX_INLINE_LIST) });
    assert.equal(await plans.shorten(REPOSITORY, short), short);
    const long = repositoryChange('change', { removeRpms: many, delete: ['00000001-b'], devel: true });
    const shortened = await plans.shorten(REPOSITORY, long);
    assert.ok(JSON.stringify(shortened).length < 400);
    assert.deepEqual(
      { ...shortened, plan: null },
      repositoryChange('change', { devel: true }),
      'all but the lists stands in the change',
    );
    assert.ok(shortened.plan);
    assert.equal(shortened.plan.count, 5001);
    const { add, delete: gone, removeRpms } = long;
    assert.deepEqual(await plans.read(REPOSITORY, shortened.plan), { add, delete: gone, removeRpms });
    assert.deepEqual(
      (await plans.shorten(REPOSITORY, long)).plan,
      shortened.plan,
      'a second call makes no second file',
    );
    assert.equal((await readdir(staging())).length, 1);
  });

  it('refuses a list that is gone, was changed, or belongs elsewhere', async () => {
    const plans = createPlanFiles({ destdir: root.path });
    const { plan } = await plans.shorten(REPOSITORY, repositoryChange('change', { add: many }));
    assert.ok(plan);
    const other = { ...REPOSITORY, chroot: 'fedora-43-x86_64' };
    assert.match((await refusalOf(plans.read(other, plan))).message, /does not belong to this repository/);
    const outside = { ...plan, file: '../../../passwd' };
    assert.match((await refusalOf(plans.read(REPOSITORY, outside))).message, /does not belong to this repository/);
    await writeFile(path.join(staging(), plan.file), '{"add":[],"delete":["00000001-b"],"removeRpms":[]}');
    assert.match((await refusalOf(plans.read(REPOSITORY, plan))).message, /differs from the one written/);
    await rm(path.join(staging(), plan.file));
    const refusal = await refusalOf(plans.read(REPOSITORY, plan));
    assert.deepEqual([refusal.code, refusal.retryable], ['RepositoryFailed', false]);
    assert.match(refusal.message, /is gone/);
  });

  it('clears away lists that nobody can be waiting for', async () => {
    await createPlanFiles({ destdir: root.path }).shorten(REPOSITORY, repositoryChange('change', { add: many }));
    const later = createPlanFiles({ destdir: root.path, now: () => Date.now() + 50 * 86_400_000 });
    const { plan } = await later.shorten(REPOSITORY, repositoryChange('change', { delete: many }));
    assert.deepEqual(await readdir(staging()), [plan?.file]);
  });
});
