import assert from 'node:assert/strict';
import path from 'node:path';
import { mkdir } from 'node:fs/promises';
import { repoquery } from '../../../support/dnf-client.js';
import { describeRepositories } from '../../../support/describe-repositories.js';
import { givenRpms } from '../../../support/given-rpms.js';

// Members of one package or two: twins are found across their ends.
describeRepositories('the same version built twice', { memberBytes: 1024 }, ({ given }) => {
  const build = async (name: string, head: readonly string[], summary: string): Promise<string> => {
    const directory = path.join(given().chroot, name);
    await mkdir(directory, { recursive: true });
    await givenRpms(directory, { name: 'hello', head, summary });
    return name;
  };
  const FILES = ['hello-1.0-1.noarch.rpm', 'hello-1.0-1.src.rpm'];
  const said = (other: string, first: string): string =>
    `the same version was built before, with other content: ${FILES.map(
      (file) => `${file} is in ${other} too, and clients get that of ${first}`,
    ).join(', ')}`;

  it('is said to who built it, and which one clients get, as dnf sees it', async () => {
    await given().publish({ add: [await build('00000002-hello', [], 'first')] });
    const other = await given().publish({ add: [await given().build('00000003-other')] });
    assert.deepEqual([other.warnings, other.notes], [[], undefined]);
    const late = await given().publish({ add: [await build('00000004-hello', [], 'second')] });
    const text = said('00000002-hello', '00000002-hello');
    assert.deepEqual(late.notes, [{ build: '00000004-hello', text }]);
    assert.deepEqual(late.warnings, [`00000004-hello: ${text}`]);
    const query = ['--qf', '%{summary}', 'hello.noarch'];
    const [first] = await repoquery(path.join(given().root, 'dnf'), given().chroot, query);
    assert.equal(first, 'first');
    const early = await given().publish({ add: [await build('00000001-hello', [], 'third')] });
    const [[toldTo, what] = []] = (early.notes ?? []).map(({ build: of, text: words }) => [of, words]);
    assert.equal(toldTo, '00000001-hello');
    assert.match(what ?? '', /is in 00000002-hello too, and clients get that of 00000001-hello/);
  });

  it('is not reported where it is the same package, another epoch, or the build itself built again', async () => {
    await given().publish({ add: [await build('00000001-hello', [], 'x')] });
    const newer = await given().publish({ add: [await build('00000002-hello', ['Epoch: 1'], 'y')] });
    assert.deepEqual([newer.warnings, newer.notes], [[], undefined]);
    const again = await given().publish({ add: [await build('00000001-hello', [], 'z')] });
    assert.deepEqual([again.packages, again.warnings, again.notes], [4, [], undefined]);
  });
});
