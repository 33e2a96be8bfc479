import type ts from 'typescript';
import type { Span } from './edit.js';

/** The node without the comments and blanks before it. */
export function spanOf(node: ts.Node, source: ts.SourceFile): Span {
  return { start: node.getStart(source), end: node.getEnd() };
}

/** Text on one line, cut at a length. */
export function onOneLine(text: string, longest: number): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length <= longest ? line : `${line.slice(0, longest - 1)}…`;
}
