import ts from 'typescript';
import { awaitEdits } from './await-edits.js';
import { conditionEdits } from './condition-edits.js';
import { type Draft, type Edit, replaceParts, type Replacement } from './edit.js';
import { enclosingNames, placeOf } from './enclosing-names.js';
import { numberEdits } from './number-edits.js';
import { onOneLine } from './source-text.js';

const KINDS = [numberEdits, conditionEdits, awaitEdits];

/**
 * Every edit of one file, in the order of its text. `file` is its name in keys and reports. The same text gives the
 * same edits; all of them parse.
 */
export function generateEdits(file: string, text: string): readonly Edit[] {
  const source = parseSource(file, text);
  const edits: Edit[] = [];
  const seen = new Map<string, number>();
  const visit = (node: ts.Node): void => {
    for (const draft of KINDS.flatMap((edit) => edit(node, source))) edits.push(named(draft, node));
    node.forEachChild(visit);
  };
  visit(source);
  return edits.sort((a, b) => a.site.start - b.site.start);

  function named(draft: Draft, node: ts.Node): Edit {
    const place = [file, enclosingNames(node).join('.')].filter((part) => part !== '').join('#');
    const name = `${place} ${draft.kind}: ${draft.about}`;
    const times = (seen.get(name) ?? 0) + 1;
    seen.set(name, times);
    return {
      ...draft,
      file,
      key: times === 1 ? name : `${name} (${times})`,
      line: source.getLineAndCharacterOfPosition(draft.site.start).line + 1,
      ...linesAround(text, draft.replacements),
      place: placeOf(node),
    };
  }
}

/** A file's syntax tree, in which each node knows its parent. */
export function parseSource(file: string, text: string): ts.SourceFile {
  return ts.createSourceFile(file, text, ts.ScriptTarget.ES2023, true, ts.ScriptKind.TS);
}

function linesAround(text: string, replacements: readonly Replacement[]): { before: string; after: string } {
  const start = text.lastIndexOf('\n', (replacements[0]?.start ?? 0) - 1) + 1;
  const lastEnd = replacements.at(-1)?.end ?? 0;
  const lineEnd = text.indexOf('\n', lastEnd);
  const end = lineEnd === -1 ? text.length : lineEnd;
  const moved = replacements.map((part) => ({ ...part, start: part.start - start, end: part.end - start }));
  const lines = text.slice(start, end);
  return { before: onOneLine(lines, 160), after: onOneLine(replaceParts(lines, moved), 160) };
}
