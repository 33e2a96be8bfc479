import { runCommand } from '../src/adapters/process/run-command.js';
import type { ToolVersions } from './protocol.js';

/**
 * Tools that differ between hosts and that the product calls, or that read what it publishes, in the order of the
 * table.
 */
export const TOOLS: readonly (readonly [name: string, ...command: string[]])[] = [
  ['rpm', 'rpm', '--version'],
  ['gpg', 'gpg', '--version'],
  ['createrepo_c', 'createrepo_c', '--version'],
  ['dnf', 'dnf', '--version'],
  ['dnf5', 'dnf5', '--version'],
  ['zypper', 'zypper', '--version'],
  ['OpenSSH', 'ssh', '-V'],
  ['rsync', 'rsync', '--version'],
  ['node', process.execPath, '--version'],
];

/** The first number with dots in a tool's output; a `p1` of OpenSSH belongs to it. */
export function versionIn(printed: string): string | null {
  return /\d+(?:\.\d+)+(?:p\d+)?/.exec(printed)?.[0] ?? null;
}

/** The versions of the installed tools. */
export async function toolVersions(): Promise<ToolVersions> {
  const found: Record<string, string> = {};
  for (const [name, program, ...args] of TOOLS) {
    const run = await runCommand(program ?? name, args, { timeoutMs: 30_000 }).catch(() => null); // not installed
    const version = run === null ? null : versionIn(`${run.stdout}${run.stderr}`);
    if (version !== null) found[name] = version;
  }
  return found;
}
