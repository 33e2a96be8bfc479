import assert from 'node:assert/strict';
import type { Command } from 'commander';
import { CommanderError } from 'commander';
import { createProgram, pruneSrpmsProgram } from '../../../src/cli/program.js';
import { decimalNumber, wholeNumber } from '../../../src/cli/number-argument.js';

const WRONG = ['', ' ', 'abc', '-1', '1e3', '0x10', '1.', '.5', 'Infinity', 'NaN', '٣', '12345678901234567'];

describe('numbers of commands', () => {
  it('are read as they are written, within their range', () => {
    assert.equal(wholeNumber({ least: 1, most: 10 })('10'), 10);
    assert.equal(decimalNumber({ least: 0 })('0.5'), 0.5);
    for (const text of [...WRONG, '1.5', '0', '11'])
      assert.throws(() => wholeNumber({ least: 1, most: 10 })(text), /It must be a whole number from 1 to 10/, text);
    for (const text of WRONG)
      assert.throws(() => decimalNumber({ least: 0 })(text), /It must be a number from 0/, text);
  });

  it('are refused by every option that takes one, before anything is done', () => {
    const found: string[] = [];
    const look = (command: Command, words: readonly string[]): void => {
      for (const option of command.options.filter(({ flags }) => /<(n|seconds|count|days|hours)>/.test(flags))) {
        found.push([...words, option.long].join(' '));
        assert.throws(() => option.parseArg?.('many', undefined), CommanderError, `${words.join(' ')} ${option.flags}`);
        assert.notEqual(typeof option.defaultValue, 'string', option.flags);
      }
      for (const sub of command.commands) look(sub, [...words, sub.name()]);
    };
    look(createProgram(), []);
    look(pruneSrpmsProgram(), ['copr-prune-srpms']);
    assert.deepEqual(found.sort(), [
      ...['actions --hours', 'actions --limit', 'cancel --wait', 'change-storage --soak-hours'],
      ...['copr-prune-srpms --days', 'doctor --limit', 'queue --limit', 'simulate --top', 'status --limit'],
    ]);
  });
});
