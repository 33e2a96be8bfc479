import ts from 'typescript';

/** The position of a node in its module. */
export type Place = {
  /** The top-level declaration that contains it; null outside of any. */
  readonly declaration: string | null;
  /** The member of that declaration, if it is a class. */
  readonly member: string | null;
  /** False for values computed once, when the module is loaded. */
  readonly isInFunction: boolean;
};

/** Names of the functions, classes and top-level declarations around a node, outermost first. */
export function enclosingNames(node: ts.Node): readonly string[] {
  return around(node).flatMap((above) => {
    const name = isTopLevel(above) || holdsFunction(above) ? declaredName(above) : (memberName(above) ?? null);
    return name ?? [];
  });
}

/** The position of a node in its module. */
export function placeOf(node: ts.Node): Place {
  const above = around(node);
  return {
    declaration: declaredName(above.find(isTopLevel)),
    member: above.map(memberName).find((name) => name !== null) ?? null,
    isInFunction: above.some((each) => ts.isFunctionLike(each)),
  };
}

/** The name declared for a function, a class or a variable; null for any other node. */
export function declaredName(node: ts.Node | undefined): string | null {
  if (node === undefined) return null;
  if (ts.isFunctionDeclaration(node) || ts.isClassDeclaration(node)) return node.name?.text ?? null;
  return ts.isVariableDeclaration(node) ? node.name.getText() : null;
}

/** The name of a class's method, accessor or field; null for any other node. */
export function memberName(node: ts.Node): string | null {
  if (!ts.isClassElement(node) || !ts.isClassDeclaration(node.parent)) return null;
  return ts.isConstructorDeclaration(node) ? 'constructor' : (node.name?.getText() ?? null);
}

/** True for a declaration of the module itself. */
export function isTopLevel(node: ts.Node): boolean {
  if (ts.isFunctionDeclaration(node) || ts.isClassDeclaration(node)) return ts.isSourceFile(node.parent);
  return ts.isVariableDeclaration(node) && ts.isSourceFile(node.parent.parent.parent);
}

function holdsFunction(node: ts.Node): boolean {
  if (ts.isFunctionDeclaration(node)) return true;
  return ts.isVariableDeclaration(node) && node.initializer !== undefined && ts.isFunctionLike(node.initializer);
}

/** The node and all nodes above it, outermost first. */
function around(node: ts.Node): readonly ts.Node[] {
  const above = [node];
  // The tree's root has no parent, whatever its type says.
  for (let at = node.parent as ts.Node | undefined; at !== undefined; at = at.parent as ts.Node | undefined)
    above.unshift(at);
  return above;
}
