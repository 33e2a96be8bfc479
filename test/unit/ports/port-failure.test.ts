import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { isFailureCode, isRetryable } from '../../../src/contracts/failures/failure-codes.js';
import { PortFailure } from '../../../src/ports/port-failure.js';

const SOURCES = fileURLToPath(new URL('../../../src/', import.meta.url));

describe('PortFailure', () => {
  it('may be tried again as its code says, unless the place knows better', () => {
    assert.equal(new PortFailure('StorageFailed', 'full').retryable, true);
    assert.equal(new PortFailure('ResultsInvalid', 'no package').retryable, false);
    assert.equal(new PortFailure('StorageFailed', 'no name', { retryable: false }).retryable, false);
  });

  it('says in a comment why, wherever a place knows better, and repeats its code nowhere', () => {
    const files = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
    const places = files.flatMap(decided);
    assert.ok(places.length > 5, 'there are such places');
    assert.deepEqual(
      places.filter(({ isTold, repeats }) => !isTold || repeats).map(({ where }) => where),
      [],
    );
  });
});

type Place = { readonly where: string; readonly isTold: boolean; readonly repeats: boolean };

/** The refusals of a file that say themselves whether they may be tried again. */
function decided(file: string): readonly Place[] {
  const text = readFileSync(path.join(SOURCES, file), 'utf8');
  if (!text.includes('retryable')) return [];
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const found: Place[] = [];
  const look = (node: ts.Node): void => {
    if (ts.isNewExpression(node) && /^(PortFailure|BuilderUnreachable)$/.test(node.expression.getText())) {
      const given = node.arguments?.find(ts.isObjectLiteralExpression)?.properties.find(isRetryableProperty);
      const line = source.getLineAndCharacterOfPosition(node.getStart()).line + 1;
      if (given !== undefined)
        found.push({ where: `${file}:${line}`, isTold: hasComment(node, text), repeats: repeatsTable(node, given) });
    }
    ts.forEachChild(node, look);
  };
  look(source);
  return found;
}

function isRetryableProperty(property: ts.ObjectLiteralElementLike): boolean {
  return property.name?.getText() === 'retryable';
}

function repeatsTable(node: ts.NewExpression, given: ts.ObjectLiteralElementLike): boolean {
  const [first] = node.arguments ?? [];
  const code = first !== undefined && ts.isStringLiteral(first) ? first.text : node.expression.getText();
  const value = ts.isPropertyAssignment(given) ? given.initializer.getText() : '';
  return isFailureCode(code) && value === String(isRetryable(code));
}

/** Above the statement, or above the condition it hangs on. */
function hasComment(node: ts.Node, text: string): boolean {
  let at = node;
  while (!ts.isThrowStatement(at) && !ts.isReturnStatement(at) && !ts.isSourceFile(at)) at = at.parent;
  return [at, at.parent].some((one) => (ts.getLeadingCommentRanges(text, one.getFullStart()) ?? []).length > 0);
}
