import assert from 'node:assert/strict';
import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { findDamage } from '../../../../src/adapters/repository-store/survey/damage.js';
import { runCommand } from '../../../../src/adapters/process/run-command.js';
import { healingLine } from '../../../../src/cli/repository/heal-text.js';
import { healRepositories } from '../../../../src/starters/heal-repositories.js';
import type { Settings } from '../../../../src/starters/settings.js';
import { oldCreaterepo } from '../../../support/createrepo-programs.js';
import { givenRepository, REPOSITORY, type GivenRepository } from '../../../support/given-repository.js';
import { givenRpms } from '../../../support/given-rpms.js';

/** All repositories are in the tree. */
const STORES = { storeOf: () => Promise.resolve('tree' as const), damageAtPulp: () => assert.fail() };

describe('findDamage', () => {
  let given: GivenRepository;
  beforeEach(async () => {
    given = await givenRepository();
    await given.build('00000001-hello');
    await givenRpms(path.join(given.chroot, '00000001-hello'), { name: 'odd', head: ['Provides: rich(x&y)'] });
    await given.publish({ full: true });
    await given.publish({ full: true, devel: true });
  });
  afterEach(() => given.remove());

  const tree = (): { destdir: string; resultsBaseurl: string } => ({
    destdir: given.root,
    resultsBaseurl: 'http://results.example/results/',
  });

  it('finds nothing in what was published here', async () => {
    assert.deepEqual(await findDamage(tree(), REPOSITORY), []);
    assert.deepEqual(await findDamage(tree(), { ...REPOSITORY, chroot: 'fedora-43-x86_64' }), []);
  });

  it('finds what an old createrepo_c escaped twice, and a full run mends it', async function () {
    const old = await oldCreaterepo();
    if (old === null) return this.skip(); // a host without one that escapes anew
    const options = ['-q', '--no-database', '--general-compress-type=gz', '--update', '--skip-stat'];
    await runCommand(old.path, [given.chroot, ...options], { timeoutMs: 60_000 });
    const [damage, ...more] = await findDamage(tree(), REPOSITORY);
    assert.deepEqual([damage?.devel, more], [false, []], 'the devel metadata is as it was');
    assert.match(damage?.what ?? '', /something else than these packages.*: 00000001-hello\/odd-1\.0-1\.noarch\.rpm$/);
    await given.publish({ full: true });
    assert.deepEqual(await findDamage(tree(), REPOSITORY), []);
  });

  it('finds packages that are gone, and metadata that is not whole', async () => {
    await rm(path.join(given.chroot, '00000001-hello', 'odd-1.0-1.src.rpm'));
    assert.deepEqual(
      (await findDamage(tree(), REPOSITORY)).map(({ devel }) => devel),
      [false, true],
    );
    await given.publish({ full: true });
    await writeFile(path.join(given.chroot, 'devel', 'repodata', 'repomd.xml'), '<repomd>');
    const [damage] = await findDamage(tree(), REPOSITORY);
    assert.deepEqual([damage?.devel, damage?.what], [true, 'it is not whole: repomd.xml is missing or unreadable']);
  });

  it('is what `repo heal --dry-run` says, repository by repository, changing nothing', async () => {
    await writeFile(given.live('repomd.xml'), '<repomd>');
    const lines: string[] = [];
    const rehearse = (chroot: string | null): ReturnType<typeof healRepositories> =>
      healRepositories(
        tree() as Partial<Settings> as Settings,
        { owner: REPOSITORY.owner, dirname: REPOSITORY.dirname, chroot },
        {
          ...STORES,
          isRehearsal: true,
          say: (healing) => void lines.push(healingLine(healing)),
          waits: () => assert.fail(),
        },
      );
    assert.deepEqual(await rehearse(null), { looked: 1, unhealed: 0 });
    assert.deepEqual(lines, [
      '@group/project:pr:1/fedora-42-x86_64: would be rebuilt; it is not whole: repomd.xml is missing or unreadable',
    ]);
    assert.deepEqual(await rehearse('fedora-43-x86_64'), { looked: 0, unhealed: 0 });
    assert.equal(await readFile(given.live('repomd.xml'), 'utf8'), '<repomd>');
  });
});
