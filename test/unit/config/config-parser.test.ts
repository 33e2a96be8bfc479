import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { parseConfig, readValue } from '../../../src/config/config-parser.js';

/** Python's own parser: one answer per text, values by section and key, null where reading one raises. */
const ORACLE = `
import configparser, io, json, sys
answers = []
for text in json.load(sys.stdin):
    parser = configparser.ConfigParser()
    try:
        parser.read_file(io.StringIO(text, newline=None))
    except configparser.Error:
        answers.append(None)
        continue
    answer = {}
    for section in parser.sections():
        answer[section] = {}
        for key in parser.options(section):
            try:
                answer[section][key] = parser.get(section, key)
            except configparser.Error:
                answer[section][key] = None
    answers.append(answer)
json.dump(answers, sys.stdout)
`;

type Answer = Readonly<Record<string, Readonly<Record<string, string | null>>>> | null;

function askPython(texts: readonly string[]): readonly Answer[] {
  const result = spawnSync('python3', ['-c', ORACLE], { input: JSON.stringify(texts), encoding: 'utf8' });
  assert.equal(result.status, 0, result.stderr);
  return JSON.parse(result.stdout) as Answer[];
}

function ask(text: string): Answer {
  const file = parseConfig(text);
  if (file.problems.length > 0) return null;
  return Object.fromEntries(
    [...file.sections].map(([section, own]) => {
      const keys = new Set([...own.keys(), ...file.defaults.keys()]);
      const read = (key: string): string | null => {
        const value = readValue(file, section, key);
        return value !== null && 'value' in value ? value.value : null;
      };
      return [section, Object.fromEntries([...keys].map((key) => [key, read(key)]))];
    }),
  );
}

const EXAMPLES = [
  '[backend]\nresults_baseurl = http://x:80/a\nDestDir: /srv\n# comment\n; comment\nempty =\nlist = a,\n  b,\n\n  c\nlast=1\n',
  '[DEFAULT]\nroot = /srv\n[backend]\ndestdir = %(root)s/results\npercent = 100%%\nbad = 100%\nmissing = %(nope)s\nopen = %(root\n',
  '[a]\nx = %(y)s\ny = %(x)s\n',
  '[a]\nx=1\n[a]\ny=1\n',
  '[a]\nx=1\nX=2\n',
  'x=1\n',
  '[a]\nno delimiter\n',
  '[a]\n= value\n',
  '[a\nx=1\n',
  '[a] trailing\nx=1 ; not a comment\n',
  '[a]b]c]\nx=1\n',
  '  [a]\n  x = 1\n    2\n  y = 3\n',
  '[a]\nx = 1\n # comment\n 2\n[DEFAULT]\nz = 1\n[DEFAULT]\ny = 1\n',
  '[a]\r\nx = 1\r\n  2\r\n\r\n',
  '',
  '[]\nx=1\n',
  '[a]\nx\n y\n',
  '[a]\n x = 1\ny = 2\n  [b]\n',
];

describe('parseConfig', () => {
  it('reads what Python reads', () => {
    askPython(EXAMPLES).forEach((answer, index) =>
      assert.deepEqual(ask(EXAMPLES[index] ?? ''), answer, EXAMPLES[index]),
    );
  });

  it('reads what Python reads, whatever the file looks like', () => {
    const line = fc.oneof(
      { weight: 2, arbitrary: fc.constantFrom('[a]', '[b]', '[DEFAULT]', '  [c]', '', '   ', '# c', '  ; c') },
      {
        weight: 5,
        arbitrary: fc
          .tuple(
            fc.constantFrom('', ' ', '  ', '\t'),
            fc.constantFrom('x', 'Y', 'long key', ''),
            fc.constantFrom('=', ' = ', ':', ' :', ''),
            fc.oneof(fc.constantFrom('1', '%%', '%(x)s', '%(y)s!', 'a = b', '[z]', '%'), fc.string({ maxLength: 8 })),
          )
          .map((parts) => parts.join('')),
      },
      { weight: 1, arbitrary: fc.string({ unit: 'binary-ascii', maxLength: 12 }) },
    );
    const files = fc
      .sample(fc.array(line, { maxLength: 12 }), { numRuns: 3000, seed: 42 })
      .map((lines) => `[a]\n${lines.join('\n')}`);
    // A carriage return ends a line in both, but not in the same way inside a random text.
    const texts = files.filter((text) => !text.includes('\r'));
    askPython(texts).forEach((answer, index) =>
      assert.deepEqual(ask(texts[index] ?? ''), answer, JSON.stringify(texts[index])),
    );
  });

  it('reports every error with its line', () => {
    const { problems } = parseConfig('before\n[a]\nx = 1\nno delimiter\nx = 2\n[a]\n');
    assert.deepEqual(
      problems.map(({ line }) => line),
      [1, 4, 5, 6],
    );
  });
});

describe('readValue', () => {
  it('says where a reference leads nowhere', () => {
    const value = readValue(parseConfig('[a]\n\nx = 50%\n'), 'a', 'x');
    assert.deepEqual(value, {
      problem: {
        ...{ line: 3, section: 'a', key: 'x' },
        ...{ message: 'has a single %, which begins a reference', remedy: 'write %% for a percent sign' },
      },
    });
  });
});
