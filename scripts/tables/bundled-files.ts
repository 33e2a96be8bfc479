import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const ENTRY = 'src/workflows/index.ts';

/** Files in the workflow bundle, by their folder; imports of types alone do not count. */
export function bundledFileList(): string {
  const files = bundledFiles();
  const lines = ['contracts', 'domain'].map((folder) => {
    const names = files.filter((file) => file.startsWith(`src/${folder}/`));
    const inside = names.map((file) => file.slice(`src/${folder}/`.length, -'.ts'.length)).sort();
    return `- of \`src/${folder}\`: ${inside.join(', ')},`;
  });
  return ['- `src/workflows/**`,', ...lines].join('\n');
}

/** Paths below the repository's root of all our files that `src/workflows/index.ts` imports by value. */
export function bundledFiles(): readonly string[] {
  const found = new Set<string>();
  const look = (file: string): void => {
    if (found.has(file)) return;
    found.add(file);
    for (const target of valueImports(file)) look(path.join(path.dirname(file), target.replace(/\.js$/, '.ts')));
  };
  look(ENTRY);
  return [...found].sort();
}

function valueImports(file: string): readonly string[] {
  const source = ts.createSourceFile(file, readFileSync(path.join(ROOT, file), 'utf8'), ts.ScriptTarget.Latest);
  return source.statements.flatMap((statement) => {
    if (!ts.isImportDeclaration(statement) && !ts.isExportDeclaration(statement)) return [];
    const { moduleSpecifier } = statement;
    if (moduleSpecifier === undefined || !ts.isStringLiteral(moduleSpecifier)) return [];
    return isTypeOnly(statement) || !moduleSpecifier.text.startsWith('.') ? [] : [moduleSpecifier.text];
  });
}

function isTypeOnly(statement: ts.ImportDeclaration | ts.ExportDeclaration): boolean {
  return ts.isExportDeclaration(statement)
    ? statement.isTypeOnly
    : statement.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword;
}
