import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { compareVersions } from '../../../../src/domain/names/rpm-version.js';

const VERSIONS = [
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
  ...[
    '1.a',
    '1.1',
    'a',
    'b',
    '10',
    '2',
    '002',
    '1_0',
    '1+0',
    '5.5p1',
    '5.5p10',
    'xyz10',
    'xyz10.1',
    '20101121',
    '~',
    '^',
  ],
];

describe('compareVersions', () => {
  it('orders any two versions as rpm does', () => {
    const pairs = VERSIONS.flatMap((one) => VERSIONS.map((other) => [one, other] as const));
    const calls = pairs.map(([one, other]) => `print(rpm.vercmp("${one}", "${other}") .. ",")`).join(' ');
    const said = execFileSync('rpm', ['--eval', `%{lua:${calls}}`], { encoding: 'utf8' })
      .split(',')
      .slice(0, -1);
    assert.equal(said.length, pairs.length);
    for (const [index, [one, other]] of pairs.entries())
      assert.equal(Math.sign(compareVersions(one, other)), Number(said[index]), `${one} and ${other}`);
  });
});
