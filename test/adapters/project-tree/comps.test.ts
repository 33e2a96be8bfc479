import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { publishedComps } from '../../../src/adapters/project-tree/comps.js';
import { createProjectTree } from '../../../src/adapters/project-tree/project-tree.js';
import { dnfSays } from '../../support/dnf-client.js';
import { givenDirectory } from '../../support/given-directory.js';
import { givenRepository, REPOSITORY } from '../../support/given-repository.js';
import { compsReaderDies, readEachComps } from '../../support/system-readers.js';

/** A name that no two encodings write alike. */
const NAME = 'Möbel';
const UTF8_MARK = '\ufeff';

function comps(inside = '', head = ''): string {
  const group = `<group><id>tools</id><name>${NAME}</name><description>d</description>${inside}</group>`;
  return `${head}<comps>${group}</comps>`;
}
const declared = (encoding: string): string => `<?xml version="1.0" encoding="${encoding}"?>\n`;
const bigEndian = (text: string): Buffer => Buffer.from(text, 'utf16le').swap16();

describe('comps.xml, read by libcomps', () => {
  let isReadable = false;
  before(async () => {
    isReadable = !(await compsReaderDies());
  });

  it('is published as it was uploaded where it is UTF-8, and in UTF-8 where it is in another encoding', async function () {
    if (!isReadable) this.skip();
    const doctype = '<!DOCTYPE comps PUBLIC "-//Red Hat, Inc.//DTD Comps info//EN" "comps.dtd">\n';
    const same = [
      comps(),
      comps('', UTF8_MARK),
      comps('', `${declared('UTF-8')}${doctype}<!-- <!ENTITY -->`),
      comps('', declared('utf-8').replaceAll('"', "'")),
      comps('<x a="&amp;&lt;&#38;" b="&quot;"/><![CDATA[ & < ]]>&#233;&#x1F600;', doctype),
    ].map((text) => Buffer.from(text));
    const others = [
      Buffer.from(comps('<x>\x9f</x>', declared('ISO-8859-1')), 'latin1'),
      Buffer.from(comps('', declared('iso-8859-1')), 'latin1'),
      Buffer.from(comps('', `\ufeff${declared('UTF-16')}`), 'utf16le'),
      Buffer.from(comps('', '\ufeff'), 'utf16le'),
      bigEndian(comps('', `\ufeff${declared('UTF-16')}`)),
      bigEndian(comps('', declared('UTF-16BE'))),
    ];
    const published = [...same, ...others].map(publishedComps);
    for (const [index, bytes] of same.entries()) assert.deepEqual(published[index], bytes);
    assert.deepEqual(
      await readEachComps(published),
      published.map(() => [NAME]),
    );
    for (const bytes of published.slice(same.length)) {
      assert.doesNotMatch(bytes.toString('utf8'), /iso-8859|utf-16/i);
      assert.deepEqual(publishedComps(bytes), bytes, 'what is published may be uploaded again');
    }
    assert.match(published[same.length]?.toString('utf8') ?? '', /<x>\x9f<\/x>/);
  });

  it('is refused with the place and the reason where its XML is not well-formed', async function () {
    if (!isReadable) this.skip();
    const refused: readonly (readonly [text: string, why: RegExp])[] = [
      [comps('<x>R&D</x>'), /1:\d+: /],
      [comps('a & b'), /1:\d+: /],
      [comps('<x a="R&D"/>'), /1:\d+: /],
      [comps('<x>\u0008</x>'), /disallowed character/],
      [comps('<x>\u001b[31m</x>'), /disallowed character/],
      [comps('<x>&#27;</x>'), /malformed character entity|disallowed|character/],
      [comps('<x>\ufffe</x>'), /disallowed character/],
      [`${comps()}text`, /text data outside of root node/],
      [`text${comps()}`, /text data outside of root node|must|first/],
      [`${comps()}${comps()}`, /root|outside/],
      [comps('<x a="1" a="2"/>'), /duplicate attribute: a/],
      [comps('<x a="1"b="2"/>'), /1:\d+: /],
      [comps('<x a=1/>'), /1:\d+: /],
      [comps('<x a="<"/>'), /1:\d+: /],
      [comps(']]>'), /1:\d+: /],
      [comps('<x></y>'), /unexpected close tag|1:\d+: /],
      [comps('<!-- a -- b -->'), /1:\d+: /],
      [comps('<?xml version="1.0"?>'), /1:\d+: /],
      [comps('', ` ${declared('UTF-8')}`), /1:\d+: /],
      [comps('', '<!DOCTYPE comps nonsense>'), /names its document type wrongly/],
    ];
    assert.deepEqual(
      await readEachComps(refused.map(([text]) => text)),
      refused.map(() => null),
    );
    // libcomps leaves out what it cannot resolve, and what the name of that group becomes is not what was meant.
    const more = [...refused, [comps('<x>&nbsp;</x>'), /undefined entity/] as const];
    for (const [text, why] of more)
      assert.throws(
        () => publishedComps(Buffer.from(text)),
        (error: Error & { readonly code?: string }) =>
          error.code === 'UploadInvalid' && error.message.startsWith('the comps file ') && why.test(error.message),
        text,
      );
  });

  it('is refused where it is not text in the encoding that it declares', () => {
    const refused = [
      Buffer.from(comps(), 'latin1'),
      Buffer.from(comps('', declared('US-ASCII'))),
      Buffer.from(comps('', declared('windows-1252')), 'latin1'),
      Buffer.from(comps('', declared('UTF-16'))),
      Buffer.from(comps('', `\ufeff${declared('UTF-8')}`), 'utf16le'),
      Buffer.from(comps('', `${UTF8_MARK}${declared('ISO-8859-1')}`)),
      Buffer.from(comps('<x>\ud800</x>', '\ufeff'), 'utf16le'),
      Buffer.concat([Buffer.from(comps('', '\ufeff'), 'utf16le'), Buffer.from('x')]),
    ];
    for (const bytes of refused) assert.throws(() => publishedComps(bytes), { code: 'UploadInvalid' });
  });

  it('gives dnf its groups from a published repository, whatever its encoding was', async function () {
    if (!isReadable) this.skip();
    const given = await givenRepository();
    const dnf = await givenDirectory();
    try {
      await mkdir(given.chroot, { recursive: true });
      const tree = createProjectTree({ destdir: given.root });
      const packages = '<packagelist><packagereq type="mandatory">one</packagereq></packagelist>';
      const latin = Buffer.from(comps(`<uservisible>true</uservisible>${packages}`, declared('ISO-8859-1')), 'latin1');
      assert.equal(await tree.installComps(REPOSITORY, latin), true);
      assert.equal(await tree.installComps(REPOSITORY, latin), false, 'the same once more changes nothing');
      await given.publish({ add: [await given.build('00000001-one')] });
      const lines = await dnfSays(dnf.path, given.chroot, ['group', 'info', 'tools']);
      assert.match(lines.join('\n'), new RegExp(`Group: ${NAME}\\n.*Mandatory Packages:\\n +one`, 's'));
      await assert.rejects(tree.installComps(REPOSITORY, Buffer.from(comps('R&D'))), { code: 'UploadInvalid' });
      assert.match((await dnfSays(dnf.path, given.chroot, ['group', 'info', 'tools'])).join('\n'), /Group: Möbel/);
    } finally {
      await given.remove();
      await dnf.remove();
    }
  });
});
