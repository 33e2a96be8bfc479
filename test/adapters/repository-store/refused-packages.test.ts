import assert from 'node:assert/strict';
import { mkdir, readFile, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { PortFailure } from '../../../src/ports/port-failure.js';
import { describeRepositories } from '../../support/describe-repositories.js';
import { givenRpms } from '../../support/given-rpms.js';
import { refusalOf } from '../../support/rejection.js';

describeRepositories('packages that createrepo_c leaves out', { memberBytes: 4096 }, ({ given }) => {
  beforeEach(async () => {
    await given().publish({ add: [await given().build('00000001-hello')] });
  });

  const directory = async (build: string): Promise<string> => {
    const made = path.join(given().chroot, build);
    await mkdir(made, { recursive: true });
    return made;
  };
  /** A package with a text that XML cannot carry; rpmbuild makes it without a word. */
  const unspeakable = async (build: string): Promise<string> => {
    await givenRpms(await directory(build), {
      name: 'escape',
      changelog: 'coloured %(printf "\\\\033[1m") text',
    });
    return build;
  };
  const cutOff = async (build: string): Promise<string> => {
    const [rpm = ''] = await givenRpms(await directory(build), { name: 'cut' });
    await truncate(path.join(given().chroot, build, rpm), 3000);
    return build;
  };

  it('refuses a package that XML cannot carry, in createrepo_c’s words, and goes on with the next', async () => {
    const live = await readFile(given().live('repomd.xml'), 'utf8');
    const refusal = await refusalOf(given().publish({ add: [await unspeakable('00000002-escape')] }));
    assert.equal(refusal.code, 'PackageUnreadable');
    assert.match(
      refusal.message,
      /00000002-escape\/escape-1\.0-1\.noarch\.rpm \(createrepo_c: .*[Ff]orbidden control chars/,
    );
    assert.doesNotMatch(refusal.message, /\p{Cc}/u, 'nothing that a terminal obeys');
    assert.equal(await readFile(given().live('repomd.xml'), 'utf8'), live);
    assert.equal((await given().publish({ add: [await given().build('00000003-other')] })).packages, 6);
  });

  it('refuses a package that is cut off, in createrepo_c’s words, and goes on with the next', async () => {
    const refusal = await refusalOf(given().publish({ add: [await cutOff('00000002-cut')] }));
    assert.equal(refusal.code, 'PackageUnreadable');
    assert.match(refusal.message, /00000002-cut\/cut-1\.0-1\.noarch\.rpm \(createrepo_c: .*Cannot read package/);
    assert.equal((await given().publish({ add: [await given().build('00000003-other')] })).packages, 6);
  });

  it('leaves both out of a full run, and says so', async () => {
    await cutOff('00000002-cut');
    await unspeakable('00000003-escape');
    const published = await given().publish({ full: true });
    // The source packages beside them are sound; rpmbuild writes the changelog into both.
    assert.deepEqual(await given().hrefs(), [...given().rpmsOf('00000001-hello'), '00000002-cut/cut-1.0-1.src.rpm']);
    assert.match(published.warnings.join('\n'), /00000002-cut\/cut-1\.0-1\.noarch\.rpm \(createrepo_c: /);
    assert.match(published.warnings.join('\n'), /00000003-escape\/escape-1\.0-1\.noarch\.rpm \(createrepo_c: /);
    assert.equal((await given().publish({ full: true })).changed, false);
  });

  it('fails a full run that was to add one', async () => {
    const refusal = await refusalOf(given().publish({ full: true, add: [await unspeakable('00000002-escape')] }));
    assert.equal(refusal.code, 'PackageUnreadable');
  });

  it('does not take a failure for a statement about packages', async () => {
    await mkdir(path.join(given().root, 'bin'));
    const program = path.join(given().root, 'bin', 'createrepo_c');
    await writeFile(program, '#!/bin/sh\necho "no space left on device" >&2\nexit 2\n', { mode: 0o755 });
    const searched = process.env['PATH'];
    process.env['PATH'] = `${path.dirname(program)}:${searched ?? ''}`;
    try {
      const refusal = await refusalOf(given().publish({ add: [await given().build('00000002-other')] }));
      assert.ok(refusal instanceof PortFailure);
      assert.deepEqual([refusal.code, refusal.retryable], ['RepositoryFailed', true]);
      assert.match(refusal.message, /no space left on device/);
    } finally {
      process.env['PATH'] = searched;
    }
  });
});
