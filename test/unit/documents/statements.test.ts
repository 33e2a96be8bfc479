import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { PROGRAMS } from '../../../scripts/tables/commands.js';
import { danglingPointers } from '../../support/document-pointers.js';
import { runProgramHere } from '../../support/run-program-here.js';
import { givenShownHost, SEEN_AFTER, type ShownHost } from './shown-commands.js';

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
  if (!['shown', 'in part', 'not'].includes(state)) return [`${statement}: the state is ${state}`];
  const names = quotedIn(shownBy).filter((name) => name.startsWith('copr') || name.includes('/'));
  if (state === 'shown' && names.length === 0 && !shownBy.includes(']('))
    return [`${statement}: ${state}, by "${shownBy}"`];
  // What is otherwise, or left out, has a reason in words.
  if (state !== 'shown' && !/^[^[\]]*\w+ [\w, ]+/.test(shownBy)) return [`${statement}: ${state}, without a reason`];
  const missing: string[] = [];
  for (const name of names) {
    if (!(await isThere(name))) missing.push(`${statement}: no ${name}`);
  }
  return [...missing, ...danglingPointers(ROOT, PAGE, shownBy)];
}

function quotedIn(cell: string): readonly string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, text = '']) => text);
}

/** A command is there if it has help, or if the test below runs it. */
function isThere(name: string): Promise<boolean> | boolean {
  if (!name.startsWith('copr')) return existsSync(path.join(ROOT, name));
  return isRun(name) ? name in SEEN_AFTER : hasHelp(name);
}

/** Whether a command line is more than names of commands. */
function isRun(line: string): boolean {
  return line in SEEN_AFTER || / (--|[A-Z])/.test(line);
}

const BIN = (
  JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as {
    readonly bin: Readonly<Record<string, string>>;
  }
).bin;

/** Whether `<command> --help` ends with exit status 0, and is the help of this very command. */
async function hasHelp(line: string): Promise<boolean> {
  const [name = '', ...words] = line.split(' ');
  const program = await PROGRAMS[BIN[name] ?? '']?.();
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

  it('names commands, sections, tests and files that exist, and a reason where something is otherwise', async () => {
    assert.ok(rows.length > 100, `${rows.length} rows`);
    assert.deepEqual((await Promise.all(rows.map(wrongIn))).flat(), []);
    const statements = rows.map(({ statement }) => statement);
    assert.deepEqual(
      statements.filter((statement, index) => statements.indexOf(statement) !== index),
      [],
      'a statement has one row',
    );
  });

  it('would not name what does not exist', async () => {
    const wrong = async (state: string, shownBy: string): Promise<number> =>
      (await wrongIn({ statement: 's', state, shownBy })).length;
    assert.equal(await wrong('shown', '`copr-backend config check`'), 0);
    for (const shownBy of [
      '`copr-backend config lost`',
      '`copr-lost`',
      '`copr-repo --lost`',
      '`test/lost.test.ts`',
      '[x](operations.md#lost)',
      '',
    ])
      assert.equal(await wrong('shown', shownBy), 1, shownBy);
    assert.equal(await wrong('not', '`copr-repo`'), 1);
    assert.equal(await wrong('in part', 'it is so elsewhere: `copr-repo`'), 0);
    assert.equal(await wrong('done', ''), 1);
  });
});

describe('the commands in the table of statements', function () {
  this.timeout(60_000);
  let host: ShownHost;

  beforeEach(async () => {
    host = await givenShownHost();
  });
  afterEach(() => host.remove());

  const lines = new Set(
    rowsOf(readFileSync(path.join(ROOT, PAGE), 'utf8'))
      .flatMap(({ shownBy }) => quotedIn(shownBy))
      .filter((line) => line.startsWith('copr') && isRun(line)),
  );

  it('are all those whose outcome is looked at', () => {
    assert.deepEqual([...lines].sort(), Object.keys(SEEN_AFTER).sort());
  });

  for (const line of lines)
    it(line, async () => {
      // Charts are drawn of a sample that is there.
      if (line.startsWith('copr-backend-generate-graphs')) await runLine('copr_analyze_results.py --config CONF');
      const { code, stdout, stderr } = await runLine(line);
      assert.equal(code, 0, stderr);
      SEEN_AFTER[line]?.(stdout, host);
    });

  function runLine(line: string): ReturnType<typeof runProgramHere> {
    const [name = '', ...words] = line.split(' ');
    const given: Readonly<Record<string, unknown>> = host;
    const program = path.basename(BIN[name] ?? name, '.mjs');
    return runProgramHere(
      program,
      words.map((word) => (/^[A-Z]+$/.test(word) ? String(given[word]) : word)),
    );
  }
});
