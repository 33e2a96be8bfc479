import assert from 'node:assert/strict';
import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { runCommand } from '../../../../src/adapters/process/run-command.js';
import { describeRepositories } from '../../../support/describe-repositories.js';

const COMPS = '<?xml version="1.0"?>\n<comps><group><id>one</id><name>M\u00fcller</name></group></comps>\n';
const MODULES = '---\ndocument: modulemd-defaults\nversion: 1\ndata: {module: one, stream: "1"}\n...\n';
const TOLD =
  /^comps\.xml is not published: the comps file is not well-formed XML: .*; modules\.yaml is not published: the modules\.yaml is not YAML: /;

describeRepositories('documents that stand beside the builds', { memberBytes: 4096 }, ({ program, given }) => {
  const put = (name: string, content: string | Buffer): Promise<void> =>
    writeFile(path.join(given().chroot, name), content);
  const types = async (): Promise<readonly string[]> =>
    (await given().metadata()).repomd.files.map(({ type }) => type).sort();
  const published = async (type: string): Promise<string> => {
    const { files } = (await given().metadata()).repomd;
    const bytes = await readFile(given().live(files.find((file) => file.type === type)?.name ?? assert.fail(type)));
    return (bytes.readUInt16BE() === 0x1f8b ? gunzipSync(bytes) : bytes).toString();
  };
  /** As an older service leaves it, which published whatever stood there. */
  const publishedUnchecked = async (): Promise<void> => {
    await given().publish({ add: [await given().build('00000001-one')] });
    await put('comps.xml', COMPS.replace('M\u00fcller', 'R&D'));
    const file = (name: string): string => path.join(given().chroot, name);
    const all = ['-q', '--no-database', '--general-compress-type=gz', '--groupfile', file('comps.xml')];
    const made = await runCommand(program().path, [given().chroot, ...all], { timeoutMs: 60_000 });
    assert.equal(made.code, 0, made.summary);
    await put('modules.yaml', MODULES.replace('}', ''));
    const added = await runCommand('modifyrepo_c', ['--mdtype=modules', file('modules.yaml'), given().live()], {
      timeoutMs: 10_000,
    });
    assert.equal(added.code, 0, added.summary);
    assert.ok((await types()).includes('modules'));
  };

  it('leave the metadata where clients could not read them, and who builds hears why', async () => {
    await publishedUnchecked();
    const { warnings, notes } = await given().publish({ add: [await given().build('00000002-two')] });
    assert.deepEqual(await types(), ['filelists', 'other', 'primary']);
    assert.match(warnings.join('; '), TOLD);
    assert.deepEqual(
      (notes ?? []).map(({ build, text }) => [build, TOLD.test(text)]),
      [['00000002-two', true]],
    );
    const again = await given().publish({});
    assert.equal(again.changed, false);
    assert.match(again.warnings.join('; '), TOLD);
  });

  it('are checked by a full run, and when only they are looked at', async () => {
    await publishedUnchecked();
    const reread = await given().publish({ reread: true });
    assert.match(reread.warnings.join('; '), TOLD);
    assert.deepEqual(await types(), ['filelists', 'other', 'primary']);
    const full = await given().publish({ full: true });
    assert.match(full.warnings.join('; '), TOLD);
    assert.deepEqual(await types(), ['filelists', 'other', 'primary']);
  });

  it('come back when they are mended, in an encoding that clients read', async () => {
    await publishedUnchecked();
    await given().publish({});
    await put('comps.xml', Buffer.from(COMPS.replace('?>', ' encoding="ISO-8859-1"?>'), 'latin1'));
    await put('modules.yaml', MODULES);
    const mended = await given().publish({ add: [await given().build('00000002-two')] });
    assert.deepEqual([mended.changed, mended.warnings, mended.notes], [true, [], undefined]);
    assert.equal(await published('group'), COMPS.replace('?>', ' encoding="UTF-8"?>'));
    assert.equal(await published('modules'), MODULES);
    assert.equal((await given().publish({})).changed, false);
    await rm(path.join(given().chroot, 'comps.xml'));
    await given().publish({});
    assert.deepEqual(await types(), ['filelists', 'modules', 'other', 'primary']);
  });
});
