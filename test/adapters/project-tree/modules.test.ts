import assert from 'node:assert/strict';
import { withModule } from '../../../src/adapters/project-tree/modules.js';
import { readEachModules, readModules } from '../../support/system-readers.js';

const FACTS = { arch: 'x86_64', packages: ['hello-0:2.0-1.x86_64'] };

/** A document whose scalars stand there as they are given, quotes and all. */
function module(facts: Readonly<Record<string, string>> = {}, end = ''): string {
  const data = { name: 'perl', stream: '"1"', version: '1', context: 'abcd', ...facts };
  const lines = Object.entries(data).map(([key, value]) => `  ${key}: ${value}\n`);
  const more = '  summary: A module\n  description: A module\n  license:\n    module:\n      - MIT\n';
  return `---\ndocument: modulemd\nversion: 2\ndata:\n${lines.join('')}${more}${end}`;
}
const ARTIFACTS = '  artifacts:\n    rpms:\n      - perl-0:5.30-1.x86_64\n';
const whole = (facts: Readonly<Record<string, string>>): string => module({ arch: 'x86_64', ...facts }, ARTIFACTS);
const nsvcas = async (text: string): Promise<readonly string[]> => (await readModules(text)).map(([nsvca]) => nsvca);
const addAll = (existing: string | null, documents: readonly string[]): string | null =>
  documents.reduce((text: string | null, one) => withModule(text, one, FACTS), existing);

/** Each is a number, a date, a truth or nothing in some schema of YAML. */
const ODD = ['5.10', '5.1', '1_0', '0x1f', '0o17', '010', '1e3', '.inf', '6e715131', '12:30:45', '2026-01-01'];
const WORDS = ['y', 'no', 'on', 'true', 'null', '~', '<<', '=', '!!str 5.10', '!!float 5.10', "'5.10'", '"\\u00e9"'];

describe('modules.yaml, read by libmodulemd', () => {
  const VERSIONS = ['8010020191119214651', '8010020191119214652', '18446744073709551615', '007', '20260101'];

  it('has the version, context and stream of each document as its author wrote them', async () => {
    const written = [
      ...VERSIONS.map((version) => module({ version })),
      ...['00000000', '0', '6e715131', '9e999', '0x1f', '~'].map((context) => module({ context })),
      ...[...ODD, ...WORDS].map((stream) => module({ name: 'stream', stream })),
      ...ODD.map((name) => module({ name })),
    ];
    const expected = (await readEachModules(written)).flat().map(([nsvc]) => nsvc);
    const found = await readModules(addAll(null, written) ?? '');
    // !!str 5.10, !!float 5.10, '5.10' and 5.10 are one module, and version 1 stands there twice.
    const different = [...new Set(expected.map((nsvc) => `${nsvc}:x86_64`))].sort();
    assert.deepEqual(found.map(([nsvca]) => nsvca).sort(), different);
    assert.equal(different.length, written.length - 3);
    for (const [, rpms] of found) assert.deepEqual(rpms, FACTS.packages);
  });

  it('keeps every other document, byte for byte', async () => {
    const defaults =
      '---\ndocument: modulemd-defaults\nversion: 1\ndata:\n  module: perl\n  stream: 5.10\n  profiles:\n    5.10: [common]\n';
    const documents = [
      `# Of an operator\n${whole({ stream: '5.10', version: '8010020191119214651', context: '00000000' })}...\n`,
      `%YAML 1.1\n${whole({ stream: '5.1', context: '6e715131' })}...\n`,
      `${defaults}...\n`,
      `${whole({ stream: '"5.1"', context: '"7e715131"' }).replace('A module', '|+\n    kept --- as it is\n')}\n\n...\n`,
    ];
    const existing = documents.join('');
    const before = await nsvcas(existing);
    const after = addAll(existing, [module({ name: 'hello' }), module({ name: 'other' })]) ?? '';
    assert.ok(after.startsWith(existing));
    const added = ['hello:1:1:abcd:x86_64', 'other:1:1:abcd:x86_64'];
    assert.deepEqual(await nsvcas(after), [...before, ...added].sort());
  });

  it('keeps documents whose markers and line ends are not the usual ones', async () => {
    const bare = whole({ stream: 'bare' }).replace('---\n', '');
    const unended = `${whole({ stream: 'unended' })}${whole({ stream: 'next' })}`.trimEnd();
    const windows = whole({ stream: 'windows' }).replaceAll('\n', '\r\n');
    for (const existing of [bare, unended, windows, `\ufeff${bare}${unended}`, `---\n...\n${bare}`]) {
      const before = await nsvcas(existing.replace('---\n...\n', ''));
      const after = withModule(existing, module(), FACTS);
      assert.deepEqual(await nsvcas(after), [...before, 'perl:1:1:abcd:x86_64'].sort());
    }
  });

  it('puts a document in the place of the same module, and of no other', async () => {
    const all = addAll(null, [whole({ stream: '5.10' }), whole({ stream: '5.1' }), whole({ stream: '6' })]) ?? '';
    const again = `document: modulemd-stream\n${whole({ stream: "'5.1'", version: '001' }).replace(/---\n.*\n/, '')}`;
    const text = withModule(all, again.replace('perl-0:5.30-1', 'perl-0:5.31-1'), FACTS);
    const named = (rpm: string): string => `perl-0:${rpm}-1.x86_64`;
    assert.deepEqual(await readModules(text), [
      ['perl:5.10:1:abcd:x86_64', [named('5.30')]],
      ['perl:5.1:1:abcd:x86_64', [named('5.31')]],
      ['perl:6:1:abcd:x86_64', [named('5.30')]],
    ]);
    assert.equal(withModule(text, again.replace('perl-0:5.30-1', 'perl-0:5.31-1'), FACTS), text);
  });

  it('fills in what is missing or empty, in either style', async () => {
    const flow =
      'document: modulemd\nversion: 2\ndata: {name: perl, stream: 5.10, version: 1, context: 00, summary: a, description: b, license: {module: [MIT]}}';
    for (const text of [
      flow,
      module({ stream: '5.10', context: '00', arch: '' }),
      module({ stream: '5.10', context: '00' }, '  artifacts:\n'),
      module({ stream: '5.10', context: '00' }, '  artifacts:\n    rpms:\n'),
    ])
      assert.deepEqual(await readModules(withModule(null, text, FACTS)), [
        ['perl:5.10:1:00:x86_64', ['hello-0:2.0-1.x86_64']],
      ]);
  });

  it('refuses documents that libmodulemd would skip, and says which file is not YAML', () => {
    const refused = (existing: string | null, added: string, why: RegExp): void => {
      assert.throws(
        () => withModule(existing, added, FACTS),
        (error: Error & { readonly code?: string }) => error.code === 'UploadInvalid' && why.test(error.message),
      );
    };
    for (const version of ['1e3', '0x10', '-1', '1_0', '""', '18446744073709551616', '[1]'])
      refused(null, module({ version }), /version that is not a whole number/);
    for (const name of ['""', '[perl]']) refused(null, module({ name }), /with name and stream/);
    refused(null, module({}, '  artifacts: none\n'), /no map of artifacts/);
    refused(null, 'text', /not a modulemd document/);
    refused(null, '# nothing', /not one YAML document/);
    refused(null, '{', /^the module's document is not YAML/);
    refused('{', module(), /^the existing modules.yaml is not YAML/);
  });
});
