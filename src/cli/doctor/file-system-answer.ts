import { runCommand } from '../../adapters/process/run-command.js';

/**
 * Null if the file system of `directory` answers, even that there is no such directory; else what to say about it.
 * Asked by a program, which can be ended: a call of our own to a file system that hangs would keep this process from
 * ending. So ask this before any such call. Rejects with `ProgramNotStarted` on a host without coreutils.
 */
export async function whyNoAnswer(
  directory: string,
  { silenceMs, signal }: { readonly silenceMs: number; readonly signal: AbortSignal },
): Promise<string | null> {
  const asked = await runCommand('stat', ['--', directory], { timeoutMs: silenceMs, signal });
  return asked.timedOut || asked.canceled ? `${directory} does not answer: ${asked.summary}` : null;
}

/** The remedy for a file system that hangs. */
export function hangRemedy(directory: string): string {
  return `a file system hangs: see \`stat ${directory}\` and the mount (\`findmnt -T ${directory}\`)`;
}
