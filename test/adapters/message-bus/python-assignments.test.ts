import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { parseAssignments } from '../../../src/adapters/message-bus/python-assignments.js';
import { PythonSyntax } from '../../../src/adapters/message-bus/python-syntax.js';

const ORACLE = fileURLToPath(new URL('../../fixtures/message-bus/literal_oracle.py', import.meta.url));

/** Python's own reading; null where it is more than assignments of literals. */
function oracle(sources: readonly string[]): readonly unknown[] {
  const output = execFileSync('python3', [ORACLE], { input: JSON.stringify(sources), maxBuffer: 64 * 1024 * 1024 });
  return JSON.parse(output.toString()) as unknown[];
}

function ours(source: string): unknown {
  try {
    return Object.fromEntries(parseAssignments(source));
  } catch (error) {
    assert.ok(error instanceof PythonSyntax, String(error));
    return null;
  }
}

function assertAsPython(sources: readonly string[]): void {
  const expected = oracle(sources);
  for (const [index, source] of sources.entries()) {
    assert.deepEqual(ours(source), expected[index], `differs from Python: ${JSON.stringify(source)}`);
  }
}

/** Files that both read. */
const READ = [
  '',
  '\n\n# only a comment',
  "a = 'b'",
  '\uFEFFa = 1',
  'a = "it\'s" # comment\nb = \'say "x"\'',
  'a = \'\'\'one\ntwo\'\'\' \nb = """three \'four\' "five" """',
  "'''A text\nabout the file.'''\na = 1",
  "a = 'one' \"two\" '''three'''",
  "a = ('one'\n     'two')",
  String.raw`a = '\n\t\\\'\"\a\b\f\v\r\0\101\x41\u00e9\U0001F600\q\ ' `,
  String.raw`a = '\7\18\377\400'`,
  String.raw`a = r'\n\''; b = R"\""`,
  "a = u'x'; b = U'y'; c = R'\\z'",
  "a = 'one\\\ntwo'",
  'a = """one\\\ntwo"""',
  "a = 'é ž 漢 😀'",
  'a = [\n  1, # one\n  2,\n\n]\nb = ( )',
  'a = ()\nb = (1)\nc = (1,)\nd = 1,\ne = 1, 2\nf = [(1, "x"), (2, "y"),]',
  "a = {'x': 1, 'y': [None, True, False], 'x': 2,}\nb = {}",
  "a = {'__proto__': 1, 'constructor': 2}\n__proto__ = 3",
  'a = -1; b = +2; c = - 3;',
  'a = 0; b = 00; c = 0_0; d = 1_000; e = 0xFf; f = 0o17; g = 0b1_01; h = 0X_1',
  'a = 1.5; b = .5; c = 5.; d = 1e3; e = 1_0.0_1E-2; f = -0.0; g = 1.e2; h = 0777.5; i = 09e1',
  'a = \\\n  1',
  'a=1\r\nb=2\rc=3',
  'a\t=\t[ ]\n   # an indented comment\n   \nb = 1',
  'ключ = 1',
  'a = 1\na = 2',
  'a = 9007199254740991',
  'a = 1 ;\nb = 2 ; # end',
  'a = (((((1)))))',
];

/** Files that neither reads. */
const REFUSED = [
  ...['a', 'a =', '= 1', 'a = b', 'a = b.c', 'a = f()', "a = os.environ['X']", 'import os', 'from a import b'],
  ...['if True:\n  a = 1', ' a = 1', 'a = 1\n  b = 2', 'def f(): pass', 'for a in []: pass', 'a += 1', 'a, b = 1, 2'],
  ...['a.b = 1', 'a["x"] = 1', 'a = 1 + "x"', "a = 'x' % 1", "a = 'x'.upper()", 'a = [x for x in []]', 'a = [*[]]'],
  ...['a = not True', 'a = --1', 'a = -True', "a = -'x'", 'a = 1 if True else 2', 'a = lambda: 1', 'a = 1 == 1'],
  ...[
    "a = 'x",
    'a = "x\ny"',
    "a = '''x",
    'a = [1',
    'a = [1)',
    'a = )',
    'a = [1 2]',
    'a = {1: 2}',
    "a = {'x'}",
    "a = {'x' 1}",
  ],
  ...[
    "a = {'x': }",
    'a = [,]',
    'a = (,)',
    'a = {,}',
    'a = 1 2',
    "a = 'x' 1",
    'a = 01',
    'a = 0x',
    'a = 1__0',
    'a = 1_',
    'a = 1x',
  ],
  ...['a = 1j', 'a = 1.2.3', "a = b'x'", "a = f'x'", "a = rb'x'", String.raw`a = '\x4'`, String.raw`a = '\u12'`],
  ...[
    String.raw`a = '\U00110000'`,
    'a = ...',
    'a = \\ 1',
    'a = $',
    'a = `x`',
    'a = 1;;b = 2',
    ';',
    'None = 1',
    'True = 1',
  ],
  ...[
    'pass',
    'a = pass',
    'pass = 1',
    "__import__('os').system('x')",
    'exec("a = 1")',
    'print "x"',
    'a: str = 1',
    '@a\nb = 1',
  ],
  ...['a = 1 # x\n\tb = 2', 'a = [1,,2]', "a = {'x': 1,,}", 'a = (1 if 1 else 2)', 'a = {**{}}', 'a = "x" "', 'a := 1'],
];

describe('parseAssignments', () => {
  it('reads what Python reads, as Python reads it', () => {
    const expected = oracle(READ);
    assert.ok(
      expected.every((values) => values !== null),
      `no literals: ${JSON.stringify(READ[expected.indexOf(null)])}`,
    );
    assertAsPython(READ);
  });

  it('refuses what is more than literals, or no Python at all', () => {
    const expected = oracle(REFUSED);
    assert.ok(
      expected.every((values) => values === null),
      `literals: ${JSON.stringify(REFUSED[expected.findIndex(Boolean)])}`,
    );
    assertAsPython(REFUSED);
  });

  it('agrees with Python about any literal that Python writes', () => {
    const text = fc.string({
      unit: fc.oneof(
        fc.constantFrom(...'\'"\\\n\r\t\0 axNu0:{}#'.split(/(?:)/u)),
        fc.string({ unit: 'grapheme', maxLength: 1 }),
      ),
    });
    const quote = fc.constantFrom("'", '"', "'''", '"""');
    const prefix = fc.constantFrom('', 'r', 'u', 'R', 'b', 'f');
    // Whatever stands between the quotes, valid or not.
    const string = fc
      .tuple(prefix, quote, text)
      .map(([start, mark, content]) => `${start}${mark}${content.replaceAll('\0', '')}${mark}`);
    const number = fc.oneof(
      fc.integer().map(String),
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((one) => one.toExponential()),
    );
    const { value } = fc.letrec<{ value: string }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 3, withCrossShrink: true },
        fc.oneof(string, number, fc.constantFrom('True', 'False', 'None')),
        fc.array(tie('value'), { maxLength: 3 }).map((items) => `[${items.join(', ')}]`),
        fc.array(tie('value'), { maxLength: 3 }).map((items) => `(${items.join(',\n')})`),
        fc
          .array(fc.tuple(string, tie('value')), { maxLength: 3 })
          .map((all) => `{${all.map((pair) => pair.join(' : ')).join(', ')}}`),
      ),
    }));
    assertAsPython(fc.sample(value, 3000).map((literal) => `a = ${literal}\nb = 1`));
  });

  const lines: readonly (readonly [string, RegExp])[] = [
    ['a = 1\n\nb = os.getenv("X")', /^line 3: os is not a literal: .*never executed/],
    ['a = [\n 1,\n # two\n f(2),\n]', /^line 4: f is not a literal/],
    ["a = '''\n\n'''\nimport os", /^line 4: only "name = value" is read.*found "import os"/],
    ["a = 'x\nb = 1", /^line 1: a string is not closed/],
    ["a = b'x'", /^line 1: b'…: only plain strings are read/],
    ['a = 12345678901234567890', /^line 1: .* is too large/],
    ['a = {1: 2}', /^line 1: a key of a dictionary must be a string/],
    ['a = "x" + "y"', /^line 1: unexpected \+ after the value/],
    [String.raw`a = '\N{BULLET}'`, /^line 1: .*by name are not read/],
    [`a = ${'['.repeat(2000)}`, /^line 1: brackets are nested too deep/],
  ];
  for (const [source, message] of lines) {
    it(`names the line: ${JSON.stringify(source.slice(0, 40))}`, () => {
      assert.throws(() => parseAssignments(source), { name: 'PythonSyntax', message });
    });
  }
});
