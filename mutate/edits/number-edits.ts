import ts from 'typescript';
import type { Draft } from './edit.js';
import { onOneLine, spanOf } from './source-text.js';

/**
 * Doubles and halves a numeric constant. Zero stays zero, and a number that only names a property is not a constant.
 */
export function numberEdits(node: ts.Node, source: ts.SourceFile): readonly Draft[] {
  if (!ts.isNumericLiteral(node) || ts.isLiteralTypeNode(node.parent)) return [];
  if (ts.isPropertyAssignment(node.parent) && node.parent.name === node) return [];
  const value = Number(node.text);
  if (value === 0) return [];
  const site = spanOf(node, source);
  const about = `${node.getText(source)} in ${onOneLine(node.parent.getText(source), 80)}`;
  return [
    { kind: 'double', about, site, replacements: [{ ...site, text: String(value * 2) }] },
    { kind: 'halve', about, site, replacements: [{ ...site, text: String(value / 2) }] },
  ];
}
