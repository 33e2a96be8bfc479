import assert from 'node:assert/strict';
import fc from 'fast-check';
import { runCommand } from '../../../../src/adapters/process/run-command.js';
import { compareEvr, compareVersions, formatEvr } from '../../../../src/domain/names/evr.js';

const version = fc
  .array(fc.constantFrom('0', '1', '9', '10', '007', 'a', 'B', 'rc', '.', '_', '+', '~', '^', '~~'), {
    minLength: 1,
    maxLength: 7,
  })
  .map((parts) => parts.join(''));

/** Every two of these are compared. */
const EDGES = [
  ...[
    '1.0',
    '1.00',
    '1.0.0',
    '1.0~rc1',
    '1.0~rc2',
    '1.0~~',
    '1.0^',
    '1.0^git1',
    '1.0^git1~pre',
    '1.0.1',
    '1.10',
    '1.9',
  ],
  ...['1.a', '1.1', 'a', 'b', '10', '2', '002', '1_0', '1+0', '5.5p1', '5.5p10', 'xyz10', 'xyz10.1', '20101121'],
  ...['~', '^'],
];

/** rpm's own word on each pair. */
async function rpmSays(pairs: readonly (readonly [string, string])[]): Promise<readonly number[]> {
  const table = pairs.map(([one, other]) => `{${JSON.stringify(one)},${JSON.stringify(other)}}`).join(',');
  const code = `for _, p in ipairs({${table}}) do print(rpm.vercmp(p[1], p[2]) .. ';') end`;
  const {
    stdout,
    code: status,
    summary,
  } = await runCommand('rpm', ['--eval', `%{lua:${code}}`], { timeoutMs: 30_000 });
  assert.equal(status, 0, summary);
  return stdout.trim().split(';').slice(0, -1).map(Number);
}

describe('formatEvr', () => {
  it('prints an epoch that was given, 0 too', () => {
    const evr = { version: '1.28.0', release: '1.fc42' };
    assert.deepEqual(
      [null, 0, 2].map((epoch) => formatEvr({ ...evr, epoch })),
      ['1.28.0-1.fc42', '0:1.28.0-1.fc42', '2:1.28.0-1.fc42'],
    );
  });
});

describe('compareVersions', () => {
  it('says what rpm says', async () => {
    const known: readonly (readonly [string, string])[] = [
      ['1.0', '1.0'],
      ['1.0~rc1', '1.0'],
      ['1.0^git1', '1.0'],
      ['1.0^git1', '1.0.1'],
      ['1.0^git1~pre', '1.0^git1'],
      ['2_0', '2.0'],
      ['1.a', '1.1'],
      ['10', '9'],
      ['1.001', '1.1'],
      ['5.5p10', '5.5p1'],
      ['a', 'a+'],
      ['99999999999999999999', '100000000000000000000'],
    ];
    const random = fc.sample(fc.tuple(version, version), { numRuns: 1500, seed: 20260101 });
    const edges = EDGES.flatMap((one) => EDGES.map((other): readonly [string, string] => [one, other]));
    const pairs = [...known, ...edges, ...random].map(([one, other]): readonly [string, string] => [one, other]);
    const said = await rpmSays(pairs);
    const ours = pairs.map(([one, other]) => compareVersions(one, other));
    const different = pairs.filter((_, index) => said[index] !== ours[index]);
    assert.deepEqual(different, []);
    assert.ok(said.includes(1) && said.includes(-1) && said.includes(0));
  });
});

describe('compareEvr', () => {
  it('looks at the epoch first, then the version, then the release', () => {
    const evr = (epoch: number | null, version: string, release: string) => ({ epoch, version, release });
    assert.equal(compareEvr(evr(1, '1', '1'), evr(null, '2', '2')), 1);
    assert.equal(compareEvr(evr(0, '1', '2'), evr(null, '1', '10')), -1);
    assert.equal(compareEvr(evr(0, '1', '1'), evr(null, '1', '1')), 0);
  });
});
