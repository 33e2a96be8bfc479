import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseAllDocuments } from 'yaml';
import { createProjectTree } from '../../../src/adapters/project-tree/project-tree.js';
import { createResultTree } from '../../../src/adapters/result-tree/result-tree.js';
import { createTrash } from '../../../src/adapters/trash/trash.js';
import { givenDirectory } from '../../support/given-directory.js';
import { buildPath } from '../../support/result-paths.js';

const REPOSITORY = { owner: 'jdoe', dirname: 'hello', chroot: 'fedora-44-x86_64' };
const PLACE = { ...REPOSITORY, targetDir: '00000007-hello' };
const COMPS = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE comps PUBLIC "-//Red Hat, Inc.//DTD Comps info//EN" "comps.dtd">
<comps><group><id>tools</id><packagelist><packagereq type="mandatory">hello</packagereq></packagelist></group></comps>
`;
const MODULE = `document: modulemd
version: 2
data:
  name: testmodule
  stream: "1"
  version: 20260101
  summary: A module
  license: { module: [MIT] }
`;

describe('project tree', () => {
  let place: Awaited<ReturnType<typeof givenDirectory>>;
  before(async () => {
    place = await givenDirectory();
  });
  after(() => place.remove());
  const directory = (): string => place.path;

  it('installs a comps file, and takes it away', async () => {
    const tree = createProjectTree({ destdir: directory() });
    const file = path.join(directory(), 'jdoe/hello/fedora-44-x86_64/comps.xml');
    assert.equal(await tree.installComps(REPOSITORY, Buffer.from(COMPS)), true);
    assert.equal(readFileSync(file, 'utf8'), COMPS);
    assert.equal(await tree.installComps(REPOSITORY, Buffer.from(COMPS)), false);
    assert.equal(await tree.installComps(REPOSITORY, null), true);
    assert.ok(!existsSync(file));
    assert.equal(await tree.installComps(REPOSITORY, null), false);
  });

  it('refuses a file that is not a comps file, and leaves the one there is', async () => {
    const tree = createProjectTree({ destdir: directory() });
    await tree.installComps(REPOSITORY, Buffer.from(COMPS));
    const hostile: readonly string[] = [
      '',
      'no xml',
      '<html></html>',
      '<comps>',
      '<comps/><comps/>',
      `<comps>${'<a>'.repeat(50_000)}${'</a>'.repeat(50_000)}</comps>`,
      '<!DOCTYPE comps [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><comps>&b;</comps>',
      '<!DOCTYPE comps SYSTEM "x" [ ]><comps/>',
      '<comps>\u0000</comps>',
    ];
    for (const text of hostile)
      await assert.rejects(
        tree.installComps(REPOSITORY, Buffer.from(text)),
        { code: 'UploadInvalid' },
        text.slice(0, 60),
      );
    await assert.rejects(tree.installComps(REPOSITORY, Buffer.from([0x3c, 0xff, 0xfe])), { code: 'UploadInvalid' });
    const file = path.join(directory(), 'jdoe/hello/fedora-44-x86_64/comps.xml');
    assert.equal(readFileSync(file, 'utf8'), COMPS);
  });

  it('keeps the modules of a directory apart, and names the packages of the builds', async () => {
    const tree = createProjectTree({ destdir: directory() });
    const chroot = path.join(directory(), 'jdoe/modular/fedora-44-x86_64');
    mkdirSync(path.join(chroot, '00000007-hello'), { recursive: true });
    const packages = [{ name: 'hello', epoch: 1, version: '2.0', release: '1', arch: 'x86_64' }];
    writeFileSync(path.join(chroot, '00000007-hello/results.json'), JSON.stringify({ packages }));
    const repository = { ...REPOSITORY, dirname: 'modular' };
    await tree.installModule(repository, MODULE, [7, 8]);
    await tree.installModule(repository, MODULE.replace('"1"', '"2"'), []);
    await tree.installModule(repository, MODULE, [7, 8]);
    const documents = parseAllDocuments(readFileSync(path.join(chroot, 'modules.yaml'), 'utf8'));
    assert.ok(Array.isArray(documents));
    const data = documents.map(
      (document) => (document.toJS() as { readonly data: Readonly<Record<string, unknown>> }).data,
    );
    assert.deepEqual(data.map(({ stream }) => stream).sort(), ['1', '2']);
    const first = data.find(({ stream }) => stream === '1');
    assert.deepEqual(first?.['artifacts'], { rpms: ['hello-1:2.0-1.x86_64'] });
    assert.equal(first['arch'], 'x86_64');
  });

  it('refuses a file that is not a module', async () => {
    const tree = createProjectTree({ destdir: directory() });
    const hostile = [
      '{',
      'a: b',
      `${MODULE}---\n${MODULE}`,
      `a: &a [x, x]\nb: &b [*a, *a]\n${MODULE}  c: *b\n`,
      MODULE.replace('name: testmodule', 'name: [x]'),
    ];
    for (const text of hostile)
      await assert.rejects(tree.installModule(REPOSITORY, text, []), { code: 'UploadInvalid' }, text.slice(0, 60));
  });
});

describe('a project that was deleted', () => {
  let place: Awaited<ReturnType<typeof givenDirectory>>;
  before(async () => {
    place = await givenDirectory();
  });
  after(() => place.remove());
  const directory = (): string => place.path;

  it('is not made again by a build that was under way', async () => {
    const destdir = directory();
    const results = createResultTree({ destdir });
    const projects = createProjectTree({ destdir });
    const trash = createTrash({ destdir, hours: 24 });
    await results.buildDirectories.prepare(PLACE, 'run');
    const staging = await results.stagingArea.create(PLACE);
    await projects.rememberDeletion({ owner: 'jdoe', dirname: 'hello', chroot: null }, 71);
    await trash.discard(['jdoe', 'hello'], 'action 71', { atMost: 1 });
    const gone = { code: 'ProjectDeleted', retryable: false };
    await assert.rejects(results.buildResults.deliver({ ...PLACE, staging }), gone);
    await assert.rejects(results.stagingArea.create(PLACE), gone);
    await assert.rejects(results.buildDirectories.writeBuildInfo(PLACE, { buildId: 7, host: '::1' }), gone);
    await assert.rejects(results.liveLogs.follow(PLACE, 0), gone);
    await assert.rejects(results.projectKeys.write(PLACE, 'key'), gone);
    await assert.rejects(projects.installComps(REPOSITORY, Buffer.from(COMPS)), gone);
    // Steps that end a build go through without a word.
    await results.backendLog.note(PLACE, ['over']);
    await results.stagingArea.discard(PLACE);
    assert.deepEqual(await results.backendLog.compressLogs(PLACE), []);
    assert.ok(!existsSync(path.join(destdir, 'jdoe/hello')));
  });

  it('may be made anew; what had been under way before stays out of it', async () => {
    const destdir = directory();
    const results = createResultTree({ destdir });
    const projects = createProjectTree({ destdir });
    const deletion = { owner: 'jdoe', dirname: 'hello', chroot: null };
    assert.equal(await projects.deletedBy(deletion), 71);
    await projects.recreate(deletion);
    const staging = await results.stagingArea.create(PLACE);
    await assert.rejects(results.buildResults.deliver({ ...PLACE, staging }), { code: 'ProjectDeleted' });
    const next = { ...PLACE, targetDir: '00000008-hello' };
    await results.buildDirectories.prepare(next, 'another');
    await results.buildResults.deliver({ ...next, staging: await results.stagingArea.create(next) });
    assert.deepEqual(existsSync(buildPath(destdir, next)), true);
    assert.ok(!existsSync(buildPath(destdir, PLACE)));
  });
});
