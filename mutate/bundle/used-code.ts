import type { Place } from '../edits/enclosing-names.js';
import { type Declaration, meaningOf } from './declarations.js';
import type { SourceModule } from './module-graph.js';

/**
 * Tells whether a place in a module is code of the workflows: whether the entry's exports use its declaration, directly
 * or through others, and any of those uses its member. A bundle contains whole modules; of some the workflows use a
 * single function, and no history can say anything about the rest.
 */
export function usedCode(
  entry: string,
  graph: ReadonlyMap<string, SourceModule>,
  declarations: ReadonlyMap<string, Declaration>,
): (path: string, place: Place) => boolean {
  const exported = (graph.get(entry)?.imports ?? []).flatMap(({ names }) => names.map(([name]) => name));
  const own = [...declarations.keys()].filter((name) => name.startsWith(`${entry}#`));
  const used = new Set([...own, ...exported.map((name) => meaningOf(graph, entry, name))]);
  const words = new Set<string>();
  for (const name of used) {
    const declaration = declarations.get(name);
    for (const each of declaration?.names ?? []) if (declarations.has(each)) used.add(each);
    for (const word of declaration?.words ?? []) words.add(word);
  }
  return (path, { declaration, member }) => {
    if (declaration !== null && !used.has(`${path}#${declaration}`)) return false;
    return member === null || member === 'constructor' || words.has(member);
  };
}
