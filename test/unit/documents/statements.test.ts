import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { PROGRAMS } from '../../../scripts/tables/commands.js';
import { danglingPointers } from '../../support/document-pointers.js';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const PAGE = 'docs/statements.md';

type Row = { readonly statement: string; readonly state: string; readonly shownBy: string };

function rowsOf(page: string): readonly Row[] {
  return page
    .split('\n')
    .filter((line) => /^\| (?!statement |-)/.test(line))
    .map((line) => {
      const [, statement = '', state = '', shownBy = ''] = line.split('|').map((cell) => cell.trim());
      return { statement, state, shownBy };
    });
}

/** Everything that a row names and that does not exist, or the contradiction of its state. */
async function wrongIn({ statement, state, shownBy }: Row): Promise<readonly string[]> {
  const quoted = [...shownBy.matchAll(/`([^`]+)`/g)].map(([, text = '']) => text);
  const isEmpty = quoted.length === 0 && !shownBy.includes('](');
  if (!['shown', 'open'].includes(state)) return [`${statement}: the state is ${state}`];
  if (isEmpty !== (state === 'open')) return [`${statement}: ${state}, by "${shownBy}"`];
  const missing: string[] = [];
  for (const name of quoted) {
    const isThere = name.startsWith('copr') ? await hasHelp(name) : existsSync(path.join(ROOT, name));
    if (!isThere) missing.push(`${statement}: no ${name}`);
  }
  return [...missing, ...danglingPointers(ROOT, PAGE, shownBy)];
}

/** Whether `<command> --help` ends with exit status 0, and is the help of this very command. */
async function hasHelp(line: string): Promise<boolean> {
  const [name = '', ...words] = line.split(' ');
  const { bin } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as {
    readonly bin: Readonly<Record<string, string>>;
  };
  const program = await PROGRAMS[bin[name] ?? '']?.();
  let command: Command | undefined = program;
  for (const word of words) command = command?.commands.find((one) => one.name() === word);
  if (program === undefined || command === undefined) return false;
  let printed = '';
  for (let one: Command | null = command; one !== null; one = one.parent)
    one.exitOverride().configureOutput({ writeOut: (text) => (printed += text), writeErr: () => undefined });
  try {
    program.parse([...words, '--help'], { from: 'user' });
    return false;
  } catch (error) {
    const { code, exitCode } = error as { readonly code?: unknown; readonly exitCode?: unknown };
    return code === 'commander.helpDisplayed' && exitCode === 0 && printed.includes(command.name());
  }
}

describe('the table of statements', () => {
  const rows = rowsOf(readFileSync(path.join(ROOT, PAGE), 'utf8'));

  it('names commands, sections, tests and files that exist, and nothing where a row is open', async () => {
    assert.ok(rows.length > 40);
    assert.deepEqual((await Promise.all(rows.map(wrongIn))).flat(), []);
  });

  it('would not name what does not exist', async () => {
    const wrong = async (state: string, shownBy: string): Promise<number> =>
      (await wrongIn({ statement: 's', state, shownBy })).length;
    assert.equal(await wrong('shown', '`copr-backend config check`'), 0);
    for (const shownBy of [
      '`copr-backend config lost`',
      '`copr-lost`',
      '`test/lost.test.ts`',
      '[x](operations.md#lost)',
      '',
    ])
      assert.equal(await wrong('shown', shownBy), 1, shownBy);
    assert.equal(await wrong('open', '`copr-repo`'), 1);
    assert.equal(await wrong('done', ''), 1);
  });
});
