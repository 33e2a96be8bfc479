import type { ActivityDependencies } from '../../src/activities/dependencies.js';
import { withTree } from './fake-ports.js';

const MORTAL = [
  ...(['signer', 'buildDirectories', 'stagingArea', 'buildResults', 'projectKeys', 'projectContents'] as const),
] as const;
const MORTAL_IN_TREE = ['copies', 'packageCopies'] as const;

/**
 * Ports of a process that dies at its `at`th boundary: odd ones lie before a call, even ones after it (for a `commit`,
 * in its middle). Nothing works from then on, as in a process that is gone, not even cleaning up.
 */
export function mortal(at: number): {
  readonly of: (deps: ActivityDependencies) => ActivityDependencies;
  readonly diedAt: () => string;
  /** Resolves when nothing that began before the death is under way any more. */
  readonly isCold: () => Promise<void>;
} {
  let passed = 0;
  let death: string | null = null;
  const underWay = new Set<Promise<unknown>>();
  const pass = (where: string): void => {
    passed += 1;
    if (death === null && passed >= at) death = where;
    if (death !== null) throw new Error(`killed ${death}`);
  };

  function wrap<P extends object>(port: P, name: string): P {
    const calls = Object.entries(port as Record<string, (...args: readonly unknown[]) => unknown>).map(
      ([method, run]) => [
        method,
        (...args: readonly unknown[]): unknown => {
          const result = (): unknown => run.apply(port, [...args]);
          if (method === 'path') return result();
          const call = (async () => {
            pass(`before ${name}.${method}`);
            if (method === 'commit' && passed + 1 >= at)
              await run.call(port, (args[0] as readonly unknown[]).slice(0, 1));
            else if (death === null) {
              const value = await result();
              pass(`behind ${name}.${method}`);
              return value;
            }
            pass(`behind ${name}.${method}`);
            return undefined;
          })();
          underWay.add(call);
          return call;
        },
      ],
    );
    return Object.fromEntries(calls) as P;
  }

  return {
    of: (deps) => {
      const { tree } = deps.stores;
      const own = Object.fromEntries(MORTAL.map((name) => [name, wrap(deps[name], name)]));
      const inTree = Object.fromEntries(MORTAL_IN_TREE.map((name) => [name, wrap(tree[name], name)]));
      return withTree({ ...deps, ...own }, inTree);
    },
    diedAt: () => death ?? 'alive',
    isCold: async () => {
      await Promise.allSettled(underWay);
    },
  };
}
