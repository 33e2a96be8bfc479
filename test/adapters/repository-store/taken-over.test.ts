import assert from 'node:assert/strict';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { runCommand } from '../../../src/adapters/process/run-command.js';
import { assertAsFresh } from '../../support/fresh-metadata.js';
import { oldCreaterepo, type CreaterepoProgram } from '../../support/createrepo-programs.js';
import { describeRepositories } from '../../support/describe-repositories.js';
import { givenRpms } from '../../support/given-rpms.js';
import { documentsOf, textsOf } from '../../support/metadata-documents.js';

const ANEW = 'the metadata says something else than its packages, all packages are read';

describeRepositories('what is taken over from older metadata', { memberBytes: 4096 }, ({ size, program, given }) => {
  let old: CreaterepoProgram | null;
  before(async () => {
    old = await oldCreaterepo();
  });
  beforeEach(async () => {
    await given().publish({ add: [await odd('00000001-odd')] });
    await given().publish({ add: [await given().build('00000002-hello')] });
  });

  /** A package whose metadata needs escaping everywhere; alone in its directory. */
  const odd = async (build: string, summary = 'R&D <x>'): Promise<string> => {
    const directory = path.join(given().chroot, build);
    await mkdir(directory, { recursive: true });
    const head = ['Provides: rich(x&y)', 'Provides: q("x\'y")', 'Requires: (a if b)', 'URL: http://x/?a=1&b=2'];
    const made = await givenRpms(directory, { name: 'odd', head, summary, changelog: 'a & b < c' });
    for (const name of made.filter((one) => one.endsWith('.src.rpm'))) await rm(path.join(directory, name));
    return build;
  };
  const isAsFresh = (): Promise<void> => assertAsFresh(given().chroot, program().path);
  /** As an old createrepo_c leaves it that was run by hand, or by an older backend. */
  const damage = async (test: Mocha.Context): Promise<void> => {
    if (old === null) return test.skip(); // a host without one that escapes anew
    const options = ['-q', '--no-database', '--general-compress-type=gz', '--update', '--skip-stat'];
    const list = path.join(given().root, 'list');
    await writeFile(list, (await given().hrefs()).join('\n'));
    await runCommand(old.path, [given().chroot, ...options, '--pkglist', list], { timeoutMs: 60_000 });
    assert.match((await textsOf(await documentsOf(given().live()))).primary, /rich\(x&amp;#38;y\)/);
  };

  it('says of every package what a fresh run would say, whatever is asked for', async () => {
    await isAsFresh();
    await given().publish({ delete: ['00000002-hello'] });
    await rm(path.join(given().chroot, '00000002-hello'), { recursive: true, force: true });
    await given().publish({ add: [await given().build('00000003-hello')] });
    await isAsFresh();
    await given().publish({ doStat: true });
    await writeFile(path.join(given().chroot, 'comps.xml'), '<?xml version="1.0"?>\n<comps/>\n');
    await given().publish({ reread: true });
    await rm(path.join(given().chroot, 'comps.xml'));
    await given().publish({ add: [await given().build('00000004-other')] });
    await isAsFresh();
    assert.deepEqual(given().warnings, []);
  });

  const isNoticed = async (): Promise<void> => {
    const published = await given().publish({ add: [await given().build('00000003-other')] });
    assert.deepEqual(given().warnings, [ANEW]);
    assert.match(published.warnings.join('\n'), /was rebuilt: 00000001-odd\/odd-1\.0-1\.noarch\.rpm/);
    await rm(path.join(given().chroot, '00000002-hello'), { recursive: true, force: true });
    await isAsFresh();
  };

  it('is noticed to be of another package at the next publication, and all packages are read', async () => {
    await given().publish({ delete: ['00000002-hello'] }); // the odd one is looked at: there is no other
    await odd('00000001-odd', 'replaced by hand');
    await isNoticed();
  });

  it('is noticed to be escaped twice, or made right', async function () {
    await given().publish({ delete: ['00000002-hello'] });
    await damage(this);
    // The repaired --update takes one level away where there are two.
    if (size === 'large' || program().version === old?.version) return isNoticed();
    await given().publish({ add: [await given().build('00000003-other')] });
    assert.deepEqual(given().warnings, []);
    await rm(path.join(given().chroot, '00000002-hello'), { recursive: true, force: true });
    await isAsFresh();
  });

  it('is not taken over by a full run', async function () {
    await damage(this);
    await given().publish({ full: true });
    assert.deepEqual(given().warnings, []);
    await isAsFresh();
  });
});
