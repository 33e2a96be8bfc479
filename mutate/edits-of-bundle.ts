import { relative, sep } from 'node:path';
import { type Declaration, declarationsOf } from './bundle/declarations.js';
import { moduleGraph, type SourceModule } from './bundle/module-graph.js';
import { usedCode } from './bundle/used-code.js';
import type { Edit } from './edits/edit.js';
import { generateEdits } from './edits/generate-edits.js';

/** The modules of a bundle, and every edit of each by its absolute path. */
export type EditsOfBundle = {
  readonly graph: ReadonlyMap<string, SourceModule>;
  readonly declarations: ReadonlyMap<string, Declaration>;
  readonly editsByPath: ReadonlyMap<string, readonly Edit[]>;
};

/** All edits of the code that a bundle of `entry` runs, files in the order of their paths from `root`. */
export function editsOfBundle(root: string, entry: string): EditsOfBundle {
  const graph = moduleGraph(entry);
  const declarations = declarationsOf(graph);
  const isUsed = usedCode(entry, graph, declarations);
  const editsByPath = new Map<string, readonly Edit[]>();
  for (const { path, text } of [...graph.values()].sort((a, b) => (a.path < b.path ? -1 : 1))) {
    const edits = generateEdits(relative(root, path).split(sep).join('/'), text);
    editsByPath.set(
      path,
      edits.filter(({ place }) => isUsed(path, place)),
    );
  }
  return { graph, declarations, editsByPath };
}
