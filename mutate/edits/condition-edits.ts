import ts from 'typescript';
import type { Draft } from './edit.js';
import { onOneLine, spanOf } from './source-text.js';

/** Calls whose callback returns a condition. */
const PREDICATE_TAKERS = new Set(['condition', 'filter', 'some', 'every', 'find', 'findIndex', 'findLast']);

const COMPARISONS = new Set([
  ts.SyntaxKind.EqualsEqualsEqualsToken,
  ts.SyntaxKind.ExclamationEqualsEqualsToken,
  ts.SyntaxKind.LessThanToken,
  ts.SyntaxKind.LessThanEqualsToken,
  ts.SyntaxKind.GreaterThanToken,
  ts.SyntaxKind.GreaterThanEqualsToken,
  ts.SyntaxKind.InstanceOfKeyword,
  ts.SyntaxKind.InKeyword,
]);

/** Negates conditions: each condition of `node` as a whole, and each operand of its `&&` and `||`. */
export function conditionEdits(node: ts.Node, source: ts.SourceFile): readonly Draft[] {
  return conditionsOf(node).map((condition) => ({
    kind: 'negate',
    about: onOneLine(condition.getText(source), 100),
    site: spanOf(condition, source),
    replacements: [{ ...spanOf(condition, source), text: negated(condition, source) }],
  }));
}

function conditionsOf(node: ts.Node): readonly ts.Expression[] {
  if (ts.isIfStatement(node) || ts.isWhileStatement(node) || ts.isDoStatement(node))
    return withOperands(node.expression);
  if (ts.isConditionalExpression(node)) return withOperands(node.condition);
  if (ts.isForStatement(node)) return node.condition === undefined ? [] : withOperands(node.condition);
  if (ts.isCallExpression(node)) return predicatesOf(node).flatMap(withOperands);
  if (isLogical(node) && !isAsked(node)) return operandsOfValue(node);
  return [];
}

/** The conditions returned by the callback of `condition` or `filter`. */
function predicatesOf(call: ts.CallExpression): readonly ts.Expression[] {
  const callee = ts.isPropertyAccessExpression(call.expression) ? call.expression.name : call.expression;
  const [predicate] = call.arguments;
  if (!ts.isIdentifier(callee) || !PREDICATE_TAKERS.has(callee.text)) return [];
  if (predicate === undefined || !ts.isArrowFunction(predicate)) return [];
  return ts.isBlock(predicate.body) ? returnedBy(predicate.body) : [predicate.body];
}

function returnedBy(node: ts.Node): readonly ts.Expression[] {
  if (ts.isFunctionLike(node)) return [];
  if (ts.isReturnStatement(node)) return node.expression === undefined ? [] : [node.expression];
  const returned: ts.Expression[] = [];
  node.forEachChild((child) => void returned.push(...returnedBy(child)));
  return returned;
}

/** A condition and, if it is composed of others, each of those. */
function withOperands(condition: ts.Expression): readonly ts.Expression[] {
  const bare = withoutParentheses(condition);
  if (isLogical(bare)) return [bare, ...withOperands(bare.left), ...withOperands(bare.right)];
  const inner = isNot(bare) ? withoutParentheses(bare.operand) : bare;
  return isLogical(inner) ? [bare, ...withOperands(inner.left), ...withOperands(inner.right)] : [bare];
}

/**
 * Operands of an `&&` or `||` that is not used for branching: its value is passed on. The operand before an `&&` is a
 * condition; any other is one only if its form shows that it returns a boolean, because `text || 'none'` tests nothing.
 */
function operandsOfValue(node: LogicalExpression): readonly ts.Expression[] {
  if (answersYesOrNo(node.left) || answersYesOrNo(node.right)) {
    return [...withOperands(node.left), ...withOperands(node.right)];
  }
  return node.operatorToken.kind === ts.SyntaxKind.AmpersandAmpersandToken ? withOperands(node.left) : [];
}

function answersYesOrNo(expression: ts.Expression): boolean {
  const bare = withoutParentheses(expression);
  if (isNot(bare)) return true;
  if (isLogical(bare)) return answersYesOrNo(bare.left) || answersYesOrNo(bare.right);
  return ts.isBinaryExpression(bare) && COMPARISONS.has(bare.operatorToken.kind);
}

type LogicalExpression = ts.BinaryExpression;

function isLogical(node: ts.Node): node is LogicalExpression {
  return (
    ts.isBinaryExpression(node) &&
    (node.operatorToken.kind === ts.SyntaxKind.AmpersandAmpersandToken ||
      node.operatorToken.kind === ts.SyntaxKind.BarBarToken)
  );
}

/** True for a part of a condition that is handled as a whole. */
function isAsked(node: ts.Expression): boolean {
  const { parent } = node;
  if (ts.isParenthesizedExpression(parent) || isNot(parent)) return isAsked(parent);
  if (isLogical(parent)) return true;
  if (ts.isIfStatement(parent) || ts.isWhileStatement(parent) || ts.isDoStatement(parent)) return true;
  if (ts.isConditionalExpression(parent) || ts.isForStatement(parent)) return parent.condition === node;
  return isPredicate(node);
}

function isPredicate(node: ts.Expression): boolean {
  const taker = ts.findAncestor(node, (above) => ts.isFunctionLike(above))?.parent;
  return taker !== undefined && ts.isCallExpression(taker) && predicatesOf(taker).some((asked) => asked === node);
}

function isNot(node: ts.Node): node is ts.PrefixUnaryExpression {
  return ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.ExclamationToken;
}

function withoutParentheses(expression: ts.Expression): ts.Expression {
  return ts.isParenthesizedExpression(expression) ? withoutParentheses(expression.expression) : expression;
}

function negated(condition: ts.Expression, source: ts.SourceFile): string {
  if (isNot(condition)) return condition.operand.getText(source);
  if (condition.kind === ts.SyntaxKind.TrueKeyword) return 'false';
  if (condition.kind === ts.SyntaxKind.FalseKeyword) return 'true';
  const text = condition.getText(source);
  return ts.isLeftHandSideExpression(condition) ? `!${text}` : `!(${text})`;
}
