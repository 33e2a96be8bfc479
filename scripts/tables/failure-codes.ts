import { readFileSync } from 'node:fs';
import ts from 'typescript';
import {
  FAILURES,
  failureGroup,
  type FailureCode,
  type FailureGroup,
} from '../../src/contracts/failures/failure-codes.js';
import { markdownTable } from './markdown-table.js';

const SOURCE = new URL('../../src/contracts/failures/failure-codes.ts', import.meta.url);

const WHO: Readonly<Record<FailureGroup, string>> = {
  user: 'the user',
  builder: 'who runs the builders',
  operator: 'the operator of the backend',
  frontend: 'who runs the frontend',
  storage: 'who runs the storage',
};

/** Every failure code with who must act and what it means: the comment behind it. Throws for a code without one. */
export function failureCodeTable(): string {
  const meanings = commentsOfCodes();
  const codes = Object.values(FAILURES).flat() as readonly FailureCode[];
  const rows = codes.map((code) => {
    const meaning = meanings.get(code);
    if (meaning === undefined) throw new Error(`${code} has no comment after it in failures.ts`);
    return [`\`${code}\``, WHO[failureGroup(code)], meaning];
  });
  return markdownTable(['code', 'who must act', 'meaning'], rows);
}

function commentsOfCodes(): ReadonlyMap<string, string> {
  const text = readFileSync(SOURCE, 'utf8');
  const found = new Map<string, string>();
  const look = (node: ts.Node): void => {
    if (ts.isArrayLiteralExpression(node)) {
      for (const element of node.elements) {
        // Behind the comma that follows the code.
        const [range] = ts.getTrailingCommentRanges(text, element.end + 1) ?? [];
        if (ts.isStringLiteral(element) && range !== undefined) {
          found.set(element.text, text.slice(range.pos + 2, range.end).trim());
        }
      }
    }
    ts.forEachChild(node, look);
  };
  look(ts.createSourceFile('failures.ts', text, ts.ScriptTarget.Latest));
  return found;
}
