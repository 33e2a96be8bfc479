import { until } from '../../bench/installation/wait.js';
import type { BenchRun } from '../../bench/subcommand.js';
import { createResalloc } from '../../src/adapters/resalloc-xmlrpc/builder-pool.js';
import { openClient } from '../../src/starters/connect.js';
import { readConfig } from '../../src/starters/settings.js';
import { deleteBuilds } from '../queue/deletes.js';
import { openQueueScene, type QueueScene } from '../queue/scene.js';
import { hasAllEnded, openTickets } from '../storm/collect.js';
import { openWorkflows } from '../storm/questions.js';
import { stormController } from '../storm/storm.js';
import { MUST_END } from '../storm/stuck.js';
import { cancelBuilds, regenerate, reschedule, submitBuilds } from '../storm/users.js';
import { soakFigures, type SoakOutcome } from './outcome.js';
import { roundsOf, type NextRound, type Round } from './rounds.js';
import type { SoakSize } from './size.js';

/** Rounds in which a ticket of nobody must be closed: two looks, ten minutes apart. */
const CONTROL_ROUNDS = 30;

/** Users work on their builds, and rounds of the reconciler that may fix everything run without pause beside them. */
export async function runSoak(
  run: BenchRun,
  options: { readonly size: SoakSize; readonly keep: boolean },
): Promise<SoakOutcome> {
  const { size } = options;
  const scene = await openQueueScene(run, options);
  const began = Date.now();
  const { directory } = scene.installation;
  const config = readConfig(directory.configFile);
  const open = await openClient({ profileFile: directory.profileFile, profile: 'default', namespace: null });
  run.defer(open.close);
  const next = roundsOf({ open, config }, size.faster);
  const rounds: Round[] = [];
  const work = workOfUsers(run, scene, size);
  const isOver = work.then(() => true);
  isOver.catch(() => undefined); // awaited below
  do {
    rounds.push(await Promise.race([next(run.signal), scene.installation.broken]));
    run.say(lineOf(rounds));
  } while (!(await Promise.race([isOver, Promise.resolve(false)])));
  await work;
  run.say('nothing is under way any more; a last look');
  rounds.push(await next(run.signal));
  const builds = (await scene.people.builds()).filter(({ over }) => over).length;
  run.say('a ticket is taken that no build has');
  const control = await closesTicket(run, scene, { next, url: config.resallocConnection });
  return { builds, ...soakFigures(rounds), control, seconds: Math.round((Date.now() - began) / 1000) };
}

/** Resolves when the users are done and nothing is under way any more. */
async function workOfUsers(run: BenchRun, scene: QueueScene, size: SoakSize): Promise<void> {
  const { seconds } = size;
  const users = stormController(run.signal);
  const { signal } = users;
  const evening = setTimeout(() => users.abort(), seconds * 1000);
  try {
    await Promise.all([
      deleteBuilds(scene, size.deletes, seconds, signal),
      reschedule(scene, size.reschedules, seconds, signal),
      submitBuilds(scene, size.builds - size.repositories, seconds, signal),
      cancelBuilds(scene, size.cancels, seconds, signal),
      regenerate(scene, signal),
    ]);
  } finally {
    clearTimeout(evening);
  }
  run.say('the users are done; waiting for the end of their builds');
  await until(run, scene.installation, {
    what: 'all builds and actions have ended, and nobody has a ticket',
    seconds: size.patience,
    everyMs: 1000,
    isTrue: async () =>
      (await hasAllEnded(scene)) && !(await openWorkflows(scene.client)).some(({ type }) => MUST_END.includes(type)),
  });
}

/** The control: the same rounds must close a ticket that nobody has, or they could not have done harm either. */
async function closesTicket(
  run: BenchRun,
  scene: QueueScene,
  { next, url }: { readonly next: NextRound; readonly url: string },
): Promise<number> {
  await createResalloc({ url }).take({ tags: ['copr_builder'], sandbox: null });
  let closed = 0;
  for (let round = 0; round < CONTROL_ROUNDS && closed === 0; round += 1) closed += (await next(run.signal)).actions;
  return closed === 1 && (await openTickets(scene)).length > 0 ? 0 : closed;
}

function lineOf(rounds: readonly Round[]): string {
  const { disappeared, actions, left } = soakFigures(rounds);
  return `round ${rounds.length}: ${left} found now, ${disappeared} gone by themselves, ${actions} actions`;
}
