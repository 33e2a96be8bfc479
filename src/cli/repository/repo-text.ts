import { formatNevra, type PackageDiff } from '../../domain/repository/package-diff.js';
import type { GenerationReader } from '../../ports/repository/generation-reader.js';

export type PackageList = Awaited<ReturnType<GenerationReader['packages']>>;
export type GenerationList = Awaited<ReturnType<GenerationReader['list']>>;

/** Generations for people, newest first. */
export function listLines({ hold, generations, pins }: GenerationList): readonly string[] {
  const rows = generations.map(({ generation, state, madeAt, supersededAt, packages, isPinned }) => {
    const until = supersededAt === null ? '' : `  until ${supersededAt}`;
    return `${generation}  ${state.padEnd(10)}  ${String(packages).padStart(6)} packages  made ${madeAt}${until}${isPinned ? '  pinned' : ''}`;
  });
  const held =
    hold === null
      ? []
      : [
          `held at ${hold.generation} since ${hold.since} by ${hold.by}${hold.reason === null ? '' : `: ${hold.reason}`}`,
        ];
  const urls = pins.map(({ generation, url }) => `pinned ${generation}: ${url}`);
  return [...(rows.length === 0 ? ['no metadata'] : rows), ...held, ...urls];
}

/** A generation's packages for people. */
export function packageLines({ generation, packages, missing }: PackageList): readonly string[] {
  const gone = missing.map((href) => `removed from the tree: ${href}`);
  return [`generation ${generation}, ${packages.length} packages`, ...packages.map(formatNevra).sort(), ...gone];
}

/** A difference for people: `+` added, `-` removed. */
export function diffLines(diff: PackageDiff & { readonly from: string; readonly to: string }): readonly string[] {
  const moved = [
    ...diff.upgraded.map((one) => ['upgraded', one] as const),
    ...diff.downgraded.map((one) => ['downgraded', one] as const),
  ];
  const lines = [
    ...diff.added.map((nevra) => `+ ${nevra}`),
    ...diff.removed.map((nevra) => `- ${nevra}`),
    ...moved.map(([how, { name, arch, from, to }]) => `${how} ${name}.${arch}: ${from} -> ${to}`),
  ];
  return [`${diff.from} -> ${diff.to}`, ...(lines.length === 0 ? ['the same packages'] : lines)];
}
