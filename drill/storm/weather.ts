import type { Outage, Storm } from './storm.js';
import { goesOn } from './storm.js';
import { strike } from './kills.js';

/** Seconds that a slow frontend takes for a list, how long it stays slow, and how long it stays quick. */
const SLOW = { answer: 4, lasts: 12, pause: 10 };
const LISTS = ['pending-jobs', 'pending-actions'];

/** The frontend answers late for its lists, again and again; when this ends it is quick. */
export async function slowDown({ frontend }: Storm, signal: AbortSignal): Promise<void> {
  const set = (seconds: number): void => {
    for (const list of LISTS) frontend.delay(list, seconds * 1000);
  };
  while (await goesOn(SLOW.pause, signal)) {
    set(SLOW.answer);
    await goesOn(SLOW.lasts, signal);
    set(0);
  }
}

/**
 * Pollers get another configuration, one after the other, each time by a restart; for a while their configurations
 * differ.
 */
export async function reconfigure(storm: Storm, signal: AbortSignal): Promise<void> {
  const { size, fleet } = storm;
  while (await goesOn(size.reconfigureEvery, signal)) {
    const turn = (storm.reconfigurations += 1);
    const limits = size.limits[turn % size.limits.length];
    if (limits === undefined) throw new Error('a storm needs limits');
    const { workers, owner, sandbox } = limits;
    storm.say(`pollers get other limits: ${workers} builds, ${owner} of an owner, ${sandbox} of a sandbox`);
    for (let index = 0; index < fleet.size; index += 1) {
      if (index > 0) await goesOn(size.pollersDiffer[turn % size.pollersDiffer.length] ?? 0, signal);
      await strike(storm, () => fleet.kill(index, index === 0 ? 'SIGTERM' : 'SIGKILL', limits));
    }
  }
}

/**
 * Temporal stops answering (SIGSTOP: connections stay, calls hang), is killed after `seconds`, and starts again on the
 * same database. Meanwhile a worker is killed.
 */
export async function stopTemporal(storm: Storm, seconds: number, signal: AbortSignal): Promise<void> {
  const { installation, fleet } = storm;
  const outage: Outage = { from: Date.now(), to: Number.POSITIVE_INFINITY };
  storm.outages.push(outage);
  storm.isTemporalDown = true;
  const pid = installation.pid('temporal');
  const starts = installation.starts('temporal');
  process.kill(pid, 'SIGSTOP');
  storm.say(`Temporal is stopped for ${seconds} s`);
  await goesOn(seconds / 2, signal);
  await fleet.kill(0, 'SIGKILL');
  await goesOn(seconds / 2, signal);
  process.kill(pid, 'SIGKILL');
  while (installation.starts('temporal') === starts) if (!(await goesOn(0.1, signal))) break;
  await answers(storm, signal);
  outage.to = Date.now();
  storm.isTemporalDown = false;
  storm.say('Temporal is back');
}

async function answers({ client }: Storm, signal: AbortSignal): Promise<void> {
  for (;;) {
    try {
      await client.withDeadline(Date.now() + 2000, () => client.workflow.count());
      return;
    } catch {
      if (!(await goesOn(0.5, signal))) return;
    }
  }
}
