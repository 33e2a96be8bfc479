/**
 * The process that starts programs for a worker (`launcher.ts`). It runs as long as the worker's end of the channel is
 * open; after that it ends the programs that still run, and then itself.
 */
import type { FromLauncher, ToLauncher } from './launcher-messages.js';
import { runProgram } from './program-run.js';

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

async function run(id: number, program: Parameters<typeof runProgram>[0]): Promise<void> {
  const canceled = new AbortController();
  running.set(id, canceled);
  const end = await runProgram(program, canceled.signal).finally(() => running.delete(id));
  if (!process.connected) return;
  process.send?.({ id, end } satisfies FromLauncher, undefined, undefined, () => undefined);
}
