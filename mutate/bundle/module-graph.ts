import { existsSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import ts from 'typescript';
import { parseSource } from '../edits/generate-edits.js';

/** One of the project's own modules, as contained in the bundle. */
export type SourceModule = {
  /** Absolute path. */
  readonly path: string;
  readonly text: string;
  /** Its imports and re-exports of values, in the order of the text. */
  readonly imports: readonly ModuleImport[];
};

export type ModuleImport = {
  readonly specifier: string;
  /** The project's own module; null for a package. */
  readonly path: string | null;
  /** Local name and the other module's name; `*` for all of them. */
  readonly names: readonly (readonly [local: string, theirs: string])[];
};

/**
 * The modules in a bundle of `entry`: all that it reaches through imports of values. Imports of types leave nothing in
 * a bundle. Throws if an import of one of the project's modules has no source.
 */
export function moduleGraph(entry: string): ReadonlyMap<string, SourceModule> {
  const modules = new Map<string, SourceModule>();
  const open = [resolve(entry)];
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    if (modules.has(path)) continue;
    const text = readFileSync(path, 'utf8');
    const imports = valueImports(path, text);
    modules.set(path, { path, text, imports });
    for (const other of imports) if (other.path !== null) open.push(other.path);
  }
  return modules;
}

function valueImports(path: string, text: string): readonly ModuleImport[] {
  return parseSource(path, text).statements.flatMap((statement) => {
    const names = importedNames(statement) ?? exportedNames(statement);
    if (names === null) return [];
    const { moduleSpecifier } = statement as ts.ImportDeclaration;
    const specifier = (moduleSpecifier as ts.StringLiteral).text;
    return [{ specifier, path: specifier.startsWith('.') ? sourceOf(path, specifier) : null, names }];
  });
}

/** Null for anything but an import, and for an import of types only. */
function importedNames(statement: ts.Statement): ModuleImport['names'] | null {
  if (!ts.isImportDeclaration(statement)) return null;
  const { importClause } = statement;
  if (importClause === undefined) return [];
  if (importClause.phaseModifier === ts.SyntaxKind.TypeKeyword) return null;
  const { name, namedBindings } = importClause;
  const names: (readonly [string, string])[] = name === undefined ? [] : [[name.text, 'default']];
  if (namedBindings !== undefined && ts.isNamespaceImport(namedBindings)) names.push([namedBindings.name.text, '*']);
  else for (const one of namedBindings?.elements ?? []) if (!one.isTypeOnly) names.push(pairOf(one));
  return names.length === 0 ? null : names;
}

function exportedNames(statement: ts.Statement): ModuleImport['names'] | null {
  if (!ts.isExportDeclaration(statement) || statement.isTypeOnly || statement.moduleSpecifier === undefined)
    return null;
  const { exportClause } = statement;
  if (exportClause === undefined || ts.isNamespaceExport(exportClause)) return [['*', '*']];
  const names = exportClause.elements.filter((one) => !one.isTypeOnly).map(pairOf);
  return names.length === 0 ? null : names;
}

function pairOf(specifier: ts.ImportSpecifier | ts.ExportSpecifier): readonly [string, string] {
  return [specifier.name.text, (specifier.propertyName ?? specifier.name).text];
}

function sourceOf(importer: string, specifier: string): string {
  const path = resolve(dirname(importer), specifier.replace(/\.js$/, '.ts'));
  if (!existsSync(path)) throw new Error(`${importer} imports ${specifier}, which has no source at ${path}`);
  return path;
}
