import { join } from 'node:path';
import { withClient } from '../../src/starters/connect.js';
import { findTemporal } from '../../temporal/binary.js';
import { machineChroot } from '../frontend/projects.js';
import { installPulp } from '../pulp/install.js';
import { findPostgres } from '../pulp/postgres.js';
import { closingText } from './closing-text.js';
import { writeFileAtomically, type DataDirectory } from './data-directory.js';
import { ensureExamples, exampleProject, findExamples, type ExampleBuild } from './examples.js';
import { createFrontendClient, type BuildSummary } from './frontend-client.js';
import type { StartOptions } from './options.js';
import { portsFrom, requireFreePorts } from './ports.js';
import { failureReason } from './progress.js';
import { planServices } from './services.js';
import { writeSettings, type Addresses, type Signing } from './settings-files.js';
import { createSupervisor, type Supervisor } from './supervisor.js';
import type { Terminal } from './terminal.js';
import { type Published, publishedAt, publishedIn } from './published.js';
import { findFaults } from './verdict.js';
import { watchExamples } from './watch-examples.js';

const ONCE_DEADLINE_MS = 10 * 60_000;

export type Launch = {
  readonly root: string;
  readonly options: StartOptions;
  readonly directory: DataDirectory;
  readonly terminal: Terminal;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
};

/** A supervisor that keeps `run.json` up to date. */
export function superviseInto(directory: DataDirectory, terminal: Terminal): Supervisor {
  return createSupervisor({
    logDir: directory.processLogs,
    say: terminal.say,
    onChange: (running) => writeFileAtomically(directory.runFile, `${JSON.stringify(running, null, 2)}\n`),
  });
}

/** Starts every server; resolves with their addresses once all answer. */
export async function startServers(launch: Launch, supervisor: Supervisor): Promise<Addresses> {
  const { directory, options, root, terminal } = launch;
  const ports = portsFrom(options.portBase);
  await requireFreePorts(ports, options);
  const temporal = await findTemporal({ say: terminal.say });
  if (options.storage === 'pulp') await preparePulp(terminal);
  const addresses = writeSettings(directory, ports, signingOf(launch), options.storage);
  const services = await planServices({
    ...{ root, directory, ports, addresses },
    temporalBinary: temporal.path,
    builders: options.builders,
    signer: options.signer,
    storage: options.storage,
  });
  for (const service of services) {
    launch.signal.throwIfAborted();
    await supervisor.start(service);
  }
  terminal.say(`up: ${services.map(({ name }) => name).join(', ')} (logs in ${directory.processLogs})`);
  return addresses;
}

/** Installs it here, so that people see what takes minutes, and what is missing. */
async function preparePulp(terminal: Terminal): Promise<void> {
  try {
    await findPostgres();
    await installPulp(terminal.say);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`--storage pulp needs Python 3 with pip, and PostgreSQL (postgresql on Debian): ${why}`, {
      cause: error,
    });
  }
}

function signingOf({ root, options: { signer } }: Launch): Signing {
  return signer === 'gpg' ? { signer } : { signer, client: join(root, 'dist', 'playground', 'sign-client', 'main.js') };
}

/** Submits and watches the examples. Returns what is wrong with them at the end, as lines; empty: nothing. */
export async function runExamples(launch: Launch, addresses: Addresses): Promise<readonly string[]> {
  const { options, directory, terminal, signal } = launch;
  const deadline = options.once ? Date.now() + ONCE_DEADLINE_MS : null;
  const frontend = createFrontendClient(addresses.frontendUrl);
  const project = exampleProject(options.storage);
  const builds = await ensureExamples(frontend, await findExamples(launch.root), project);
  for (const build of builds) {
    terminal.say(
      `${build.name}: ${build.submittedNow ? 'submitted as' : 'already built or building, as'} build ${build.buildId}`,
    );
  }
  return withClient({ profileFile: directory.profileFile, profile: 'default', namespace: null }, async (open) => {
    const summaries = await watchExamples({ open, frontend, builds, terminal, signal, deadline });
    for (const line of endLines(builds, summaries)) terminal.say(line);
    const reasonOf = (task: string): Promise<string | null> => failureReason(open, task);
    const { owner, project: name } = project;
    const publishedOf = (chroot: string): Published =>
      options.storage === 'pulp'
        ? publishedAt(`${addresses.resultsUrl}/${owner}/${name}/${chroot}/`)
        : publishedIn(join(directory.results, owner, name, chroot));
    return findFaults({ builds, summaries, publishedOf, reasonOf });
  });
}

/** Prints the final text of a start that stays up. */
export function sayWhereToLook(launch: Launch, addresses: Addresses): void {
  const { configFile, root: dataDir } = launch.directory;
  for (const line of closingText({
    addresses,
    project: exampleProject(launch.options.storage),
    chroot: machineChroot(),
    configFile,
    dataDir,
  }))
    launch.terminal.say(line);
  launch.terminal.say('Ctrl-C stops everything.');
}

function endLines(builds: readonly ExampleBuild[], summaries: readonly BuildSummary[]): readonly string[] {
  return builds.map((build) => {
    const state = summaries.find(({ id }) => id === build.buildId)?.state ?? 'unknown';
    return `${build.name}: ${state}${build.shouldFail && state === 'failed' ? ', as it should' : ''}`;
  });
}
