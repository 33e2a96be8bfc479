import { type Edit, replaceParts, type Span } from '../edits/edit.js';
import type { Declaration } from './declarations.js';
import type { SourceModule } from './module-graph.js';

/** Name, on the global object of the replaying process, of the function that is called with the number of a probe. */
export const REACHED = 'coprMutateReached';

/**
 * In a workflow's sandbox the process that runs it cannot be reached, except through objects that the SDK passes in:
 * `URL` was made by the function constructor of the process.
 */
const PRELUDE = `const __reach = (n) => URL.constructor('return globalThis')().${REACHED}?.(n);`;

/** The modules with a probe at each place where an edit would have an effect. */
export type Probed = {
  /** Texts by absolute path. */
  readonly texts: ReadonlyMap<string, string>;
  /** Numbers of the probes that show that an edit would have been reached, by the edit's key. */
  readonly probesOf: ReadonlyMap<string, readonly number[]>;
};

/** An expression to wrap, or a function's block that begins with the probe. */
type Spot = Span & { readonly path: string; readonly isBlock: boolean };
type Probe = Spot & { readonly number: number };

/**
 * Puts a probe into each expression that an edit changes. A constant outside of functions is computed by every workflow
 * and used by few: its probes are at the beginning of each function that uses it, or uses a value computed from it.
 */
export function withProbes(
  graph: ReadonlyMap<string, SourceModule>,
  declarations: ReadonlyMap<string, Declaration>,
  editsByPath: ReadonlyMap<string, readonly Edit[]>,
): Probed {
  const probes = new Map<string, Probe>();
  const numberAt = (spot: Spot): number => {
    const id = `${spot.path}:${spot.start}:${spot.end}`;
    const probe = probes.get(id) ?? { ...spot, number: probes.size };
    probes.set(id, probe);
    return probe.number;
  };
  const probesOf = new Map<string, readonly number[]>();
  for (const [path, edits] of editsByPath) {
    for (const { key, site, place } of edits) {
      const isConstant = !place.isInFunction && place.declaration !== null;
      const spots = isConstant
        ? functionsNaming(`${path}#${place.declaration}`, declarations)
        : [{ ...site, path, isBlock: false }];
      probesOf.set(key, spots.map(numberAt));
    }
  }
  const texts = [...graph.values()].map(({ path, text }) => {
    const own = [...probes.values()].filter((probe) => probe.path === path);
    return [path, `${PRELUDE}${inserted(text, own)}`] as const;
  });
  return { texts: new Map(texts), probesOf };
}

function inserted(text: string, probes: readonly Probe[]): string {
  // At the same offset wraps end before others begin; of those that end the shorter is the inner one, of those that
  // begin the longer is the outer one.
  const parts = probes.flatMap(({ start, end, isBlock, number }) =>
    isBlock
      ? [{ offset: start + 1, phase: 1, order: 0, text: `__reach(${number});` }]
      : [
          { offset: end, phase: 0, order: -start, text: '))' },
          { offset: start, phase: 2, order: -end, text: `(__reach(${number}), (` },
        ],
  );
  parts.sort((a, b) => a.offset - b.offset || a.phase - b.phase || a.order - b.order);
  return replaceParts(
    text,
    parts.map(({ offset, text }) => ({ start: offset, end: offset, text })),
  );
}

/** The functions that use a constant, or a value computed from it outside of functions. */
function functionsNaming(name: string, declarations: ReadonlyMap<string, Declaration>): readonly Spot[] {
  const wanted = new Set([name]);
  for (const each of wanted) for (const [other, { madeOf }] of declarations) if (madeOf.has(each)) wanted.add(other);
  return [...declarations.values()].flatMap(({ functions }) =>
    functions
      .filter(({ names }) => [...wanted].some((each) => names.has(each)))
      .map(({ path, body, isBlock }) => ({ ...body, path, isBlock })),
  );
}
