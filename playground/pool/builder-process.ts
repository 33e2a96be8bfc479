import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { builderDirectory, killBuild } from '../builder/builder-directory.js';
import { readJson } from '../loopback/json-file.js';
import { isGroupRunning, isRunning, markProcess, signalGroup, waitUntil } from '../loopback/processes.js';
import type { PooledBuilder } from './pool-state.js';

const Announcement = z.object({ port: z.number(), pid: z.number(), startTicks: z.string() });

/** Runs a builder as a separate process that survives this one; fills in its pid. */
export function spawnBuilder(
  builder: PooledBuilder,
  options: {
    readonly port: number;
    readonly authorizedKeys: string;
    readonly journal: string | undefined;
    readonly program: string | undefined;
  },
): void {
  mkdirSync(builder.directory, { recursive: true });
  const program =
    options.program ?? fileURLToPath(new URL(`../main${extname(fileURLToPath(import.meta.url))}`, import.meta.url));
  const words = ['--name', builder.name, '--directory', builder.directory, '--port', String(options.port)];
  words.push('--authorized-keys', options.authorizedKeys);
  if (options.journal !== undefined) words.push('--journal', options.journal);
  const output = openSync(join(builder.directory, 'builder.log'), 'a');
  const child = spawn(process.execPath, [...process.execArgv, program, 'builder', ...words], {
    detached: true,
    stdio: ['ignore', output, output],
  });
  closeSync(output);
  child.on('error', () => undefined);
  child.unref();
  builder.pid = child.pid ?? null;
  builder.startTicks = (child.pid === undefined ? null : markProcess(child.pid))?.startTicks ?? '';
}

/** The announcement of a builder that listens; null before. */
export function readAnnouncement(builder: PooledBuilder): z.infer<typeof Announcement> | null {
  const announced = Announcement.safeParse(readJson(builderDirectory(builder.directory).announcement));
  return announced.success ? announced.data : null;
}

/** True while the builder's process exists. */
export function isProcessAlive(builder: PooledBuilder): boolean {
  return builder.pid !== null && isRunning({ pid: builder.pid, startTicks: builder.startTicks });
}

/** True if the builder greets as an ssh server within the time; a stopped process does not. */
export function greets(port: number, milliseconds: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    const end = (answer: boolean): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(answer);
    };
    const timer = setTimeout(() => end(false), milliseconds);
    socket.once('data', (bytes) => end(bytes.toString('latin1').startsWith('SSH-2.0')));
    socket.once('error', () => end(false));
    socket.once('end', () => end(false));
  });
}

/** Ends a builder with all its processes and removes its directory. */
export async function removeBuilder(builder: PooledBuilder): Promise<void> {
  const group = isProcessAlive(builder) ? builder.pid : null;
  if (group !== null) {
    signalGroup(group, 'SIGKILL');
    await waitUntil(() => !isGroupRunning(group), 5000);
  }
  await killBuild(builderDirectory(builder.directory));
  rmSync(builder.directory, { recursive: true, force: true, maxRetries: 5 });
}
