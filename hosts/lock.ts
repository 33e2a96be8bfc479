import { readFileSync, writeFileSync } from 'node:fs';

/** Exactly one file of an archive. */
export type LockedPackage = {
  readonly name: string;
  readonly version: string;
  readonly sha256: string;
  /** Its path in an archive, below the archive's root. */
  readonly pool: string;
};

/** One release of Node: npm's `node` package for this kind of processor. */
export type LockedNode = { readonly version: string; readonly integrity: string };

/** hosts/packages.lock.json: the contents of the roots and the other Nodes at the last renewal. */
export type Lock = {
  readonly architecture: string;
  readonly hosts: Readonly<Record<string, readonly LockedPackage[]>>;
  readonly nodes: Readonly<Record<string, LockedNode>>;
};

/** A locked package that is no longer in an archive, and its replacement; null: nothing needs it any more. */
export type Replacement = { readonly gone: LockedPackage; readonly by: LockedPackage | null };

/** Parses a lock; throws a line that says what is wrong with it. */
export function parseLock(text: string, name: string): Lock {
  const value = parsed(text, name);
  const isLock =
    isRecord(value) &&
    typeof value['architecture'] === 'string' &&
    isRecord(value['hosts']) &&
    isRecord(value['nodes']) &&
    Object.values(value['nodes']).every((node) => hasTexts(node, ['version', 'integrity']));
  if (!isLock) throw new Error(`${name} is not a lock of hosts: --renew-lock writes one`);
  const lock = value as unknown as Lock;
  for (const [host, packages] of Object.entries(lock.hosts)) {
    if (!Array.isArray(packages)) throw new Error(`${name}: the packages of ${host} are not a list`);
    const wrong = packages.findIndex((entry) => !isPackage(entry));
    if (wrong >= 0) throw new Error(`${name}: entry ${wrong + 1} of ${host} is not a package with its SHA-256`);
  }
  return lock;
}

export function readLock(file: URL): Lock {
  return parseLock(readFileSync(file, 'utf8'), file.pathname.split('/').at(-1) ?? '');
}

/** One package per line, sorted by name, so that a diff shows exactly what a renewal changes. */
export function lockText(lock: Lock): string {
  const hosts = Object.entries(lock.hosts).map(([name, packages]) => {
    const lines = [...packages]
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map(({ name, version, sha256, pool }) => `      ${JSON.stringify({ name, version, sha256, pool })}`);
    return `    ${JSON.stringify(name)}: [\n${lines.join(',\n')}\n    ]`;
  });
  const nodes = Object.entries(lock.nodes).map(
    ([name, { version, integrity }]) => `    ${JSON.stringify(name)}: ${JSON.stringify({ version, integrity })}`,
  );
  return [
    '{',
    `  "architecture": ${JSON.stringify(lock.architecture)},`,
    `  "hosts": {\n${hosts.join(',\n')}\n  },`,
    `  "nodes": {\n${nodes.join(',\n')}\n  }`,
    '}\n',
  ].join('\n');
}

export function writeLock(file: URL, lock: Lock): void {
  writeFileSync(file, lockText(lock));
}

/** The entries of `locked` that are not in `planned` unchanged. */
export function replacements(
  locked: readonly LockedPackage[],
  planned: readonly LockedPackage[],
): readonly Replacement[] {
  const now = new Map(planned.map((entry) => [entry.name, entry]));
  return locked
    .filter(({ name, version }) => now.get(name)?.version !== version)
    .map((gone) => ({ gone, by: now.get(gone.name) ?? null }));
}

/** One line each, for people. */
export function replacementLine({ gone, by }: Replacement): string {
  const end = by === null ? 'nothing needs it any more' : `${by.version} takes its place`;
  return `${gone.name} ${gone.version} is gone from the archive: ${end}`;
}

function parsed(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`${name} is not JSON: ${(error as SyntaxError).message}`, { cause: error });
  }
}

function isPackage(value: unknown): boolean {
  return hasTexts(value, ['name', 'version', 'pool', 'sha256']) && /^[0-9a-f]{64}$/.test(String(value['sha256']));
}

function hasTexts(value: unknown, names: readonly string[]): value is Record<string, string> {
  return isRecord(value) && names.every((name) => typeof value[name] === 'string' && value[name] !== '');
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
