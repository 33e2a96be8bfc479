import { relative, sep } from 'node:path';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { COMMAND_LOG } from '../replay/commands.js';
import type { SourceModule } from './module-graph.js';

/** The position in the bundle where its modules are complete and none has run yet. */
const BEFORE_ANY_RUNS = /\b(?:const|let|var) __webpack_module_cache__ = globalThis\.__webpack_module_cache__;/;
const SOURCE_MAP = /\n\/\/# sourceMappingURL=[^\n]*\s*$/;
/** Stack traces of edited code cannot use the real one, and the SDK does not load a bundle without any. */
const NO_SOURCE_MAP = { version: 3, file: '/workflow-bundle.js', sources: [], names: [], mappings: '' };

/** The SDK takes a stack trace for every promise of a workflow, which costs a third of a replay's time. */
const NO_STACKS = 'Error.stackTraceLimit = 0;\n';

/** Compiled modules by their ids in the bundle. */
export type CompiledModules = Readonly<Record<string, string>>;

/**
 * A bundle whose modules can be replaced one by one, without bundling again. Plain data, which can be sent to a
 * process.
 */
export type PatchableBundle = {
  readonly before: string;
  readonly after: string;
  /** Absolute path of a source to its module's id. */
  readonly ids: Readonly<Record<string, string>>;
  /** Per id: the names of its imports there, and the ids that they mean. */
  readonly imports: Readonly<Record<string, Readonly<Record<string, string>>>>;
};

/** Bundles `entry` as a worker does. Throws if the result does not contain the modules of the graph. */
export async function patchableBundle(
  entry: string,
  graph: ReadonlyMap<string, SourceModule>,
): Promise<PatchableBundle> {
  const { code } = await bundleWorkflowCode({ workflowsPath: entry, logger: new DefaultLogger('ERROR') });
  const place = BEFORE_ANY_RUNS.exec(code);
  if (place === null)
    throw new Error('the bundler writes bundles in another form: its module cache is not to be found');
  const cut = place.index + place[0].length;
  const ids = Object.fromEntries([...graph.keys()].map((path) => [path, idOf(path)]));
  for (const id of Object.values(ids)) {
    if (!code.includes(`/***/ ${JSON.stringify(id)}`)) throw new Error(`the bundle does not hold ${id}`);
  }
  const packages = packageIds(code);
  const imports = Object.fromEntries(
    [...graph.values()].map(({ path, imports }) => [idOf(path), importedIds(imports, packages)]),
  );
  return { before: code.slice(0, cut), after: code.slice(cut).replace(SOURCE_MAP, '\n'), ids, imports };
}

/** The bundle with these modules in place of its own. */
export function bundleWith(bundle: PatchableBundle, modules: CompiledModules): string {
  const replaced = Object.entries(modules).map(([id, code]) => {
    const imports = JSON.stringify(bundle.imports[id]);
    return `${JSON.stringify(id)}: (module, exports, __webpack_require__) => {
'use strict';
const require = (name) => __webpack_require__(${imports}[name]);
${code}
},`;
  });
  const map = Buffer.from(JSON.stringify(NO_SOURCE_MAP)).toString('base64');
  return `${NO_STACKS}${bundle.before}
Object.assign(__webpack_modules__, {
${replaced.join('\n')}
});
${bundle.after}
${COMMAND_LOG}
//# sourceMappingURL=data:application/json;base64,${map}`;
}

/** webpack's name for a module: its path from where the bundler ran. */
function idOf(path: string): string {
  const id = relative(process.cwd(), path).split(sep).join('/');
  return id.startsWith('../') ? id : `./${id}`;
}

/** Packages by name, as the bundle's own imports name them. */
function packageIds(code: string): ReadonlyMap<string, string> {
  const said = code.matchAll(/__webpack_require__\(\/\*! (\S+) \*\/ "([^"]+)"\)/g);
  return new Map([...said].map(([, name = '', id = '']) => [name, id]));
}

function importedIds(
  imports: SourceModule['imports'],
  packages: ReadonlyMap<string, string>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    imports.map(({ specifier, path }) => {
      const id = path === null ? packages.get(specifier) : idOf(path);
      if (id === undefined) throw new Error(`the bundle does not hold the package ${specifier}`);
      return [specifier, id];
    }),
  );
}
