import { mkdir } from 'node:fs/promises';
import { runCommand } from '../../src/adapters/process/run-command.js';

export type GivenMount = {
  /** Remounts it with these options, such as `ro`. */
  readonly remount: (options: string) => Promise<void>;
  readonly unmount: () => Promise<void>;
};

/** A separate empty file system (tmpfs) at `directory`; null if this user may not mount. */
export async function givenMount(directory: string): Promise<GivenMount | null> {
  await mkdir(directory, { recursive: true });
  const mount = await runCommand('mount', ['-t', 'tmpfs', '-o', 'size=8m,mode=0755', 'copr-test', directory], {
    timeoutMs: 10_000,
  });
  if (mount.code !== 0) return null;
  const run = async (program: string, args: readonly string[]): Promise<void> => {
    const ended = await runCommand(program, args, { timeoutMs: 10_000 });
    if (ended.code !== 0) throw new Error(ended.summary);
  };
  return {
    remount: (options) => run('mount', ['-o', `remount,${options}`, directory]),
    unmount: () => run('umount', ['--lazy', directory]),
  };
}
