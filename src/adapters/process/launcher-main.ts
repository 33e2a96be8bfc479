/**
 * The process that starts programs for a worker (`launcher.ts`). It runs as long as the worker's end of the channel is
 * open; after that it ends the programs that still run, and then itself.
 */
import type { FromLauncher, ToLauncher } from './launcher-messages.js';
import { runProgram, type ProgramRun } from './program-run.js';

const running = new Map<number, AbortController>();

process.on('message', (message: ToLauncher) => {
  if (message.kind === 'cancel') running.get(message.id)?.abort();
  else void run(message.id, message.run);
});
process.on('disconnect', () => {
  for (const canceled of running.values()) canceled.abort();
});
// A Ctrl-C in a terminal and a stop by systemd reach the whole group: the worker drains, and needs its programs for it.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);

async function run(id: number, program: ProgramRun): Promise<void> {
  const canceled = new AbortController();
  running.set(id, canceled);
  try {
    const end = await runProgram(program, canceled.signal, (pid) => say({ kind: 'started', id, pid }));
    say({ kind: 'ended', id, end });
  } catch (error) {
    // An argument that no program can get, or a pipe that cannot be read: one program's trouble, not that of all.
    const errno = error instanceof Error ? (error.message.split('\n')[0] ?? error.name) : String(error);
    say({ kind: 'ended', id, end: { kind: 'notStarted', errno } });
  } finally {
    running.delete(id);
  }
}

function say(message: FromLauncher): void {
  if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
}
