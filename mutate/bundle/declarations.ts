import ts from 'typescript';
import { declaredName, isTopLevel, memberName } from '../edits/enclosing-names.js';
import { parseSource } from '../edits/generate-edits.js';
import { spanOf } from '../edits/source-text.js';
import type { Span } from '../edits/edit.js';
import type { SourceModule } from './module-graph.js';

/**
 * A function, class or constant of a module, and the names it uses. Declarations of other modules are called
 * `path#name`.
 */
export type Declaration = {
  /** All names it uses, at any depth. */
  readonly names: ReadonlySet<string>;
  /** Names used outside of functions: those from which its value is computed. */
  readonly madeOf: ReadonlySet<string>;
  /** The functions in it, each with the names that it uses itself. */
  readonly functions: readonly NamingFunction[];
  /** Every word of its code, except the names of its own members. */
  readonly words: ReadonlySet<string>;
};

export type NamingFunction = {
  readonly path: string;
  readonly body: Span;
  readonly isBlock: boolean;
  readonly names: ReadonlySet<string>;
};

/** The top-level declarations of all modules, by `path#name`. Throws for an import that cannot be followed by name. */
export function declarationsOf(graph: ReadonlyMap<string, SourceModule>): ReadonlyMap<string, Declaration> {
  const declarations = new Map<string, Declaration>();
  for (const { path, text } of graph.values()) {
    const source = parseSource(path, text);
    const meant = (words: readonly string[]): ReadonlySet<string> =>
      new Set(words.map((word) => meaningOf(graph, path, word)));
    const visit = (node: ts.Node): void => {
      const name = isTopLevel(node) ? declaredName(node) : null;
      if (name === null) {
        node.forEachChild(visit);
        return;
      }
      const functions = functionsIn(node).flatMap((each): NamingFunction[] => {
        const { body } = each as ts.FunctionLikeDeclaration;
        if (body === undefined) return [];
        return [
          {
            path,
            body: spanOf(body, source),
            isBlock: ts.isBlock(body),
            names: meant(wordsIn(each, 'outside functions')),
          },
        ];
      });
      declarations.set(`${path}#${name}`, {
        names: meant(wordsIn(node)),
        madeOf: meant(ts.isFunctionLike(node) ? [] : wordsIn(node, 'outside functions')),
        functions,
        words: new Set(wordsIn(node)),
      });
    };
    visit(source);
  }
  return declarations;
}

/** The meaning of a word in a module: `path#name` of its declaration, in the module itself if it is not imported. */
export function meaningOf(graph: ReadonlyMap<string, SourceModule>, path: string, word: string): string {
  for (const { path: theirs, names } of graph.get(path)?.imports ?? []) {
    if (theirs === null) continue;
    if (names.some(([, name]) => name === '*')) throw new Error(`${path} imports all of ${theirs}: import it by names`);
    const pair = names.find(([local]) => local === word);
    if (pair !== undefined) return meaningOf(graph, theirs, pair[1]);
  }
  return `${path}#${word}`;
}

function functionsIn(node: ts.Node): readonly ts.SignatureDeclaration[] {
  const inner: ts.SignatureDeclaration[] = [];
  node.forEachChild((child) => void inner.push(...functionsIn(child)));
  return ts.isFunctionLike(node) ? [node, ...inner] : inner;
}

/** Types leave nothing in a bundle: their words say nothing about what runs. */
function isErased(node: ts.Node): boolean {
  return ts.isTypeNode(node) || ts.isTypeAliasDeclaration(node) || ts.isInterfaceDeclaration(node);
}

/** The words in a node's code, or in its code outside of functions. */
function wordsIn(node: ts.Node, depth: 'all' | 'outside functions' = 'all'): readonly string[] {
  const words: string[] = [];
  node.forEachChild((child) => {
    if (isErased(child) || (depth === 'outside functions' && ts.isFunctionLike(child))) return;
    const isWord = ts.isIdentifier(child) || ts.isPrivateIdentifier(child);
    if (isWord && memberName(node) !== child.text) words.push(child.text);
    words.push(...wordsIn(child, depth));
  });
  return words;
}
