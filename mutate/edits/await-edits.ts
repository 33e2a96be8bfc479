import ts from 'typescript';
import type { Draft } from './edit.js';
import { onOneLine, spanOf } from './source-text.js';

/** Omits an awaited call, and swaps neighbours. */
export function awaitEdits(node: ts.Node, source: ts.SourceFile): readonly Draft[] {
  if (ts.isAwaitExpression(node)) return isCall(node.expression) ? [removal(node, source)] : [];
  if (ts.isBlock(node) || ts.isSourceFile(node) || ts.isCaseOrDefaultClause(node)) {
    return neighbours(node.statements).flatMap(([first, second]) => {
      const awaited = awaitedCall(first);
      if (awaited === null || awaitedCall(second) === null || names(second).some(isGivenBy(first))) return [];
      return swap(first, second, awaited, source);
    });
  }
  if (ts.isArrayLiteralExpression(node) && isTakenTogether(node)) {
    return neighbours(node.elements).flatMap(([first, second]) =>
      isCall(first) && isCall(second) ? swap(first, second, first, source) : [],
    );
  }
  return [];
}

function removal(node: ts.AwaitExpression, source: ts.SourceFile): Draft {
  const site = spanOf(node, source);
  const isWholeStatement = ts.isExpressionStatement(node.parent);
  const replacement = isWholeStatement ? { ...spanOf(node.parent, source), text: ';' } : { ...site, text: 'undefined' };
  return { kind: 'remove', about: onOneLine(node.getText(source), 100), site, replacements: [replacement] };
}

function swap(first: ts.Node, second: ts.Node, site: ts.Node, source: ts.SourceFile): readonly Draft[] {
  const [one, other] = [first.getText(source), second.getText(source)];
  if (one === other) return [];
  return [
    {
      kind: 'swap',
      about: `${onOneLine(one, 60)} <> ${onOneLine(other, 60)}`,
      site: spanOf(site, source),
      replacements: [
        { ...spanOf(first, source), text: other },
        { ...spanOf(second, source), text: one },
      ],
    },
  ];
}

/** The await of a statement that is only an awaited call, whether or not its result is kept. */
function awaitedCall(statement: ts.Node): ts.AwaitExpression | null {
  const expression = ts.isExpressionStatement(statement)
    ? assignedValue(statement.expression)
    : ts.isVariableStatement(statement) && statement.declarationList.declarations.length === 1
      ? statement.declarationList.declarations[0]?.initializer
      : undefined;
  return expression !== undefined && ts.isAwaitExpression(expression) && isCall(expression.expression)
    ? expression
    : null;
}

function assignedValue(expression: ts.Expression): ts.Expression {
  const isAssignment = ts.isBinaryExpression(expression) && expression.operatorToken.kind === ts.SyntaxKind.EqualsToken;
  return isAssignment ? expression.right : expression;
}

/**
 * Tells whether a statement gives a value to a name: without the statement, later ones that use the name are not a
 * valid program.
 */
function isGivenBy(statement: ts.Node): (name: string) => boolean {
  const given = new Set<string>();
  if (ts.isVariableStatement(statement)) {
    for (const { name } of statement.declarationList.declarations) for (const each of names(name)) given.add(each);
  } else if (ts.isExpressionStatement(statement) && ts.isBinaryExpression(statement.expression)) {
    for (const each of names(statement.expression.left)) given.add(each);
  }
  return (name) => given.has(name);
}

function names(node: ts.Node): readonly string[] {
  if (ts.isIdentifier(node)) return [node.text];
  const found: string[] = [];
  node.forEachChild((child) => void found.push(...names(child)));
  return found;
}

/** The array of a `Promise.all` or a similar function, whose calls are made in its order. */
function isTakenTogether(array: ts.ArrayLiteralExpression): boolean {
  const { parent } = array;
  return (
    ts.isCallExpression(parent) &&
    ts.isPropertyAccessExpression(parent.expression) &&
    ts.isIdentifier(parent.expression.expression) &&
    parent.expression.expression.text === 'Promise'
  );
}

function isCall(expression: ts.Expression): boolean {
  return ts.isParenthesizedExpression(expression) ? isCall(expression.expression) : ts.isCallExpression(expression);
}

function neighbours<T>(list: readonly T[]): readonly (readonly [T, T])[] {
  return list.slice(1).map((second, index) => [list[index] as T, second]);
}
