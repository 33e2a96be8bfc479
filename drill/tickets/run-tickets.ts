import { readFileSync, writeFileSync } from 'node:fs';
import { openInstallation, type Installation } from '../../bench/installation/installation.js';
import { seedFrontend, type SeededBuild } from '../../bench/installation/seeded-frontend.js';
import { until } from '../../bench/installation/wait.js';
import { workerOfRole } from '../../bench/installation/worker-of-role.js';
import type { BenchRun } from '../../bench/subcommand.js';
import { buildWorkflowId } from '../../src/contracts/names/ids.js';
import { buildStatusQuery } from '../../src/contracts/messages.js';
import { readPoolState } from '../pool-state.js';
import { withCompiledBuilders } from '../storm/compiled-builders.js';
import { MortalWorker } from './mortal-worker.js';
import type { TicketsOutcome } from './outcome.js';
import { startPoolTap, type Moment } from './pool-tap.js';

/** Builds at once: each that ends makes room for the next takeTicket. */
const AT_ONCE = 6;
const OWNERS = 3;
/** Builds for each kill, and additional ones: while a worker starts, some tickets are taken without a kill. */
const PER_KILL = 1.5;
const SPARE = AT_ONCE;
const TAKE_SECONDS = 180;
const END_SECONDS = 600;
const CLOSE_SECONDS = 30;
/** Roles that keep running, so that the next builds soon get their tickets. */
const SURVIVORS = ['poller', 'storage'] as const;
/**
 * The moments of the kills, in turn: during the answer's way, the note, its way to the worker and the first heartbeat.
 */
const MOMENTS: readonly Moment[] = [
  { at: 'answered' },
  { at: 'told', afterMs: 0 },
  { at: 'told', afterMs: 2 },
  { at: 'asked' },
  ...[0, 1, 1, 3].map((afterMs): Moment => ({ at: 'told', afterMs })),
  { at: 'answered' },
  ...[4, 6, 10, 20].map((afterMs): Moment => ({ at: 'told', afterMs })),
];

/**
 * Kills the worker's process group during a number of calls of takeTicket, and compares the pool with the builds at the
 * end.
 */
export async function runTickets(
  run: BenchRun,
  options: { readonly kills: number; readonly keep: boolean },
): Promise<TicketsOutcome> {
  let builds: readonly SeededBuild[] = [];
  const installation = await openInstallation(run, {
    ...{ builders: AT_ONCE, packages: 1, programs: [], keep: options.keep },
    limits: { builds_max_workers: AT_ONCE, builds_max_workers_owner: AT_ONCE, builds_max_workers_sandbox: AT_ONCE },
    adapt: (services) =>
      services
        .map((service) => withCompiledBuilders(service, run.root))
        .flatMap((service) =>
          service.name === 'worker' ? SURVIVORS.map((role) => workerOfRole(service, role)) : [service],
        ),
    prepare: (directory) => {
      builds = seedFrontend(directory, {
        builds: Math.ceil(PER_KILL * options.kills) + SPARE,
        owners: OWNERS,
        ask: false,
      });
    },
  });
  const tap = await startPoolTap(installation.addresses.poolUrl);
  run.defer(tap.close);
  leadThrough(installation.directory.configFile, tap.url);
  const { configFile, processLogs: logs } = installation.directory;
  const worker = new MortalWorker({ root: run.product, configFile, logs });
  run.defer(() => worker.stop());
  await worker.start();

  const at: Record<string, number> = {};
  // If tickets are lost, so are builders, and in the end no ticket is taken any more: the figures show it.
  const patiently = async (
    what: string,
    seconds: number,
    isTrue: () => boolean | Promise<boolean>,
  ): Promise<boolean> => {
    const end = Date.now() + seconds * 1000;
    const isOver = async (): Promise<boolean> => (await isTrue()) || Date.now() > end;
    await until(run, installation, { what, seconds: 2 * seconds, everyMs: 200, isTrue: isOver });
    if (await isTrue()) return true;
    run.say(`not within ${seconds} s: ${what}`);
    return false;
  };
  for (let kill = 0; kill < options.kills; kill += 1) {
    const moment = MOMENTS[kill % MOMENTS.length] ?? { at: 'answered' };
    let struck = false;
    void tap.arm(moment, () => worker.strike()).then(() => (struck = true));
    if (!(await patiently('a ticket is taken', TAKE_SECONDS, () => struck))) break;
    at[moment.at] = (at[moment.at] ?? 0) + 1;
    await worker.gone();
    await worker.start();
    if ((kill + 1) % 10 === 0) run.say(`${kill + 1} kills`);
  }

  run.say('no more kills; the builds end');
  const ended = async (): Promise<readonly string[]> => {
    const wanted = new Set(builds.map(({ id }) => id));
    const views = (await installation.frontend.builds()).filter(({ id }) => wanted.has(id));
    return views.filter(({ over }) => over).map(({ state }) => state);
  };
  await patiently('all builds have ended', END_SECONDS, async () => (await ended()).length === builds.length);
  // A ticket is closed in parallel with the last report, not before it.
  const isNoneLeft = async (): Promise<boolean> => (await leakedTickets(installation, builds)).length === 0;
  await patiently('no ticket is open', CLOSE_SECONDS, isNoneLeft);
  const states = await ended();
  const leaked = await leakedTickets(installation, builds);
  return {
    ...{ kills: Object.values(at).reduce((sum, count) => sum + count, 0), at },
    ...{ taken: (await readPoolState(installation)).lastTicket, leaked: leaked.length },
    ...{ builds: builds.length, succeeded: states.filter((state) => state === 'succeeded').length },
    leakedTickets: leaked,
  };
}

/** Directs Resalloc's connection to the tap. */
function leadThrough(configFile: string, url: string): void {
  const text = readFileSync(configFile, 'utf8');
  writeFileSync(configFile, text.replace(/^resalloc_connection=.*$/m, `resalloc_connection=${url}`));
}

/** Tickets that are open in the pool's own state, without those of running builds. */
async function leakedTickets(installation: Installation, builds: readonly SeededBuild[]): Promise<readonly number[]> {
  const { tickets } = await readPoolState(installation);
  const open = tickets.flatMap(({ id, state }) => (state === 'closed' ? [] : [id]));
  if (open.length === 0) return [];
  const owned = new Set<number>();
  for (const { taskId } of builds) {
    const ticket = await ticketOf(installation, taskId);
    if (ticket !== null) owned.add(ticket);
  }
  return open.filter((ticket) => !owned.has(ticket));
}

/** The ticket of a running build; also null if it has not begun, or does not answer. */
async function ticketOf({ client }: Installation, taskId: string): Promise<number | null> {
  try {
    const handle = client.workflow.getHandle(buildWorkflowId(taskId));
    if ((await handle.describe()).status.name !== 'RUNNING') return null;
    return (await handle.query(buildStatusQuery)).ticket;
  } catch {
    return null;
  }
}
