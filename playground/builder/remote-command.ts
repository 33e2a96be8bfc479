import { spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import type { ServerChannel } from 'ssh2';
import { isGroupRunning, signalGroup, waitUntil } from '../loopback/processes.js';
import { buildUser } from './build-user.js';
import type { BuilderDirectory } from './builder-directory.js';
import type { CommandContext } from './command-context.js';
import { runContractCommand } from './commands.js';

const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Runs one exec request on its channel: builder commands here, anything else through `sh`. */
export async function runRemoteCommand(
  context: CommandContext,
  channel: ServerChannel,
  command: string,
): Promise<void> {
  const answer = await runContractCommand(context, mapPaths(context.directory, command));
  if (answer === null) return runShell(context.directory, channel, mapPaths(context.directory, command));
  if (isGone(channel)) return;
  if (answer.stderr !== undefined) channel.stderr.write(answer.stderr);
  if (answer.stdout !== undefined) channel.write(answer.stdout);
  channel.exit(answer.code);
  channel.end();
}

/** Checked each time, because a channel may close while a command runs. */
function isGone(channel: ServerChannel): boolean {
  return channel.destroyed;
}

/** Replaces paths of a builder machine by this builder's own: nothing outside its directory is touched. */
function mapPaths(directory: BuilderDirectory, command: string): string {
  return command
    .replaceAll('/var/lib/copr-rpmbuild', directory.lib)
    .replaceAll('/run/copr-builder', `${directory.run}/copr-builder`)
    .replaceAll('/root/', `${directory.rootHome}/`);
}

async function runShell(directory: BuilderDirectory, channel: ServerChannel, command: string): Promise<void> {
  if (isGone(channel)) return;
  const child = spawn('sh', ['-c', command], {
    cwd: directory.lib,
    env: { PATH: `${directory.bin}:${SYSTEM_PATH}`, HOME: directory.home, LANG: 'C.UTF-8', SHELL: '/bin/sh' },
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
    ...buildUser(),
  });
  const group = child.pid;
  const endGroup = (): void => {
    if (group !== undefined) void endProcessGroup(group);
  };
  channel.once('close', endGroup);
  channel.pipe(child.stdin);
  // A command that does not read its input is not an error.
  child.stdin.on('error', () => channel.unpipe(child.stdin).resume());
  const end = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    child.once('error', () => resolve({ code: 127, signal: null }));
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
  await Promise.all([forward(child.stdout, channel), forward(child.stderr, channel.stderr)]);
  const { code, signal } = await end;
  if (isGone(channel)) return;
  if (signal === null) channel.exit(code ?? 255);
  else channel.exit(signal.replace(/^SIG/, ''), false, '');
  channel.end();
}

/** Ends processes that a closed channel leaves in its process group; a detached process has another group. */
async function endProcessGroup(group: number): Promise<void> {
  if (!isGroupRunning(group)) return;
  signalGroup(group, 'SIGHUP');
  signalGroup(group, 'SIGTERM');
  if (!(await waitUntil(() => !isGroupRunning(group), 2000, 100))) signalGroup(group, 'SIGKILL');
}

/**
 * Copies until the end with back-pressure and leaves the target open; if the target closes early, the copying ends too.
 */
function forward(from: Readable, to: Writable): Promise<void> {
  return new Promise((resolve) => {
    from.on('data', (chunk: Buffer) => {
      if (to.destroyed || !to.writable) return;
      if (!to.write(chunk)) from.pause();
    });
    to.on('drain', () => from.resume());
    // After the channel has closed nobody will drain it: keep reading, so that the command does not block.
    to.on('close', () => from.resume());
    to.on('error', () => from.resume());
    from.once('end', () => {
      if (to.writableLength === 0 || to.destroyed) resolve();
      else to.write('', () => resolve());
    });
    from.once('error', () => resolve());
  });
}
