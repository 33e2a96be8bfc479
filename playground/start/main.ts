import { markProcess } from '../loopback/processes.js';
import { holdDirectory, openDataDirectory } from './data-directory.js';
import { runExamples, sayWhereToLook, startServers, superviseInto, type Launch } from './launch.js';
import { builderPids, endBuilders, endLeftovers } from './leftovers.js';
import { parseStartOptions, START_HELP } from './options.js';
import type { Supervisor } from './supervisor.js';
import { createTerminal, type Terminal } from './terminal.js';

/** The things that the script of `npm start` provides. */
export type Surroundings = {
  /** The checkout. */
  readonly root: string;
  /** Makes the operating system's programs available, or throws a line that says what to run. */
  readonly prepareSystem: (how: { readonly mayInstall: boolean }) => Promise<void>;
};

/** `npm start`: resolves with the exit status once everything has been stopped. */
export async function main(args: readonly string[], surroundings: Surroundings): Promise<number> {
  const options = parseStartOptions(args, process.cwd());
  if (options.help) {
    process.stdout.write(START_HELP);
    return 0;
  }
  const terminal = createTerminal(process.stdout);
  const directory = openDataDirectory(options.dataDir);
  const self = markProcess(process.pid);
  if (self === null) throw new Error('/proc is not mounted: the launcher needs Linux');
  const release = holdDirectory(directory, self);
  try {
    await surroundings.prepareSystem({ mayInstall: options.mayInstall });
    const stale = await endLeftovers(directory);
    await endBuilders(directory, builderPids(directory));
    if (stale.length > 0) terminal.say(`stopped what a killed \`npm start\` had left: ${stale.join(', ')}`);
    return await runUntilStopped({ root: surroundings.root, options, directory, terminal });
  } finally {
    release();
  }
}

async function runUntilStopped(start: Omit<Launch, 'signal'>): Promise<number> {
  const { options, directory, terminal } = start;
  const interruption = new AbortController();
  const supervisor = superviseInto(directory, terminal);
  const forget = onInterruption(interruption, supervisor, terminal);
  try {
    const work = launchAndWait({ ...start, signal: interruption.signal }, supervisor);
    work.catch(() => undefined); // continues until it notices the interruption
    return await Promise.race([work, supervisor.broken, aborted(interruption.signal)]);
  } catch (error) {
    if (interruption.signal.aborted) return options.once ? 130 : 0;
    terminal.keepTable();
    terminal.say(error instanceof Error ? error.message : String(error));
    return 1;
  } finally {
    terminal.keepTable();
    await stopEverything(start, supervisor);
    forget();
  }
}

async function launchAndWait(launch: Launch, supervisor: Supervisor): Promise<number> {
  const { options, terminal, signal } = launch;
  const addresses = await startServers(launch, supervisor);
  const faults = options.examples ? await runExamples(launch, addresses) : [];
  for (const fault of faults) terminal.say(`not as it should be: ${fault}`);
  if (options.once) {
    if (faults.length === 0) terminal.say(`all as it should be; the packages are ${placeOfPackages(launch)}`);
    return faults.length === 0 ? 0 : 1;
  }
  sayWhereToLook(launch, addresses);
  return aborted(signal);
}

function placeOfPackages({ options, directory }: Launch): string {
  return options.storage === 'pulp' ? `at Pulp, below ${directory.playground}/pulp` : `below ${directory.results}`;
}

/** First signal: stops in order. Second: ends everything at once. */
function onInterruption(interruption: AbortController, supervisor: Supervisor, terminal: Terminal): () => void {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  function listener(): void {
    if (interruption.signal.aborted) {
      supervisor.kill();
      return;
    }
    terminal.keepTable();
    terminal.say('\nstopping (again: at once)');
    interruption.abort(new Error('interrupted'));
  }
  for (const signal of signals) process.on(signal, listener);
  return () => {
    for (const signal of signals) process.removeListener(signal, listener);
  };
}

async function stopEverything(start: Omit<Launch, 'signal'>, supervisor: Supervisor): Promise<void> {
  const builders = builderPids(start.directory);
  const stopped = await supervisor.stop();
  await endBuilders(start.directory, builders);
  const all =
    builders.length === 0 ? stopped : [...stopped, `${builders.length} builder${builders.length === 1 ? '' : 's'}`];
  if (all.length > 0) start.terminal.say(`stopped: ${all.join(', ')}`);
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason as Error);
    else signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}
