import { isGroupRunning, signalGroup, waitUntil } from '../loopback/processes.js';
import { runningBuildGroup } from './builder-directory.js';
import type { CommandAnswer, CommandContext } from './command-context.js';

const AGAIN_MS = 3000;
const KILL_AFTER_MS = 30_000;

/** `copr-rpmbuild-cancel`: INT every 3 s (TERM soon after each) until the group is gone, KILL after 30 s. */
export async function cancelBuild({ directory, journal }: CommandContext): Promise<CommandAnswer> {
  const group = runningBuildGroup(directory);
  journal({ event: 'cancel', taskUrl: null });
  if (group === null) return { code: 0, stdout: 'PID of a running build not found\n' };
  const isGone = (): boolean => !isGroupRunning(group);
  const giveUp = Date.now() + KILL_AFTER_MS;
  while (Date.now() < giveUp) {
    signalGroup(group, 'SIGINT');
    if (await waitUntil(isGone, 500)) return { code: 0, stdout: 'success\n' };
    signalGroup(group, 'SIGTERM');
    if (await waitUntil(isGone, AGAIN_MS - 500)) return { code: 0, stdout: 'success\n' };
  }
  signalGroup(group, 'SIGKILL');
  await waitUntil(isGone, 5000);
  return { code: 0, stdout: 'success\n' };
}
