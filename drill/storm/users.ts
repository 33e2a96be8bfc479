import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageSpec } from '../../bench/stand-ins/prepared-packages.js';
import { CommandEnd } from '../../playground/commands/frontend-client.js';
import { buildWorkflowId } from '../../src/contracts/names/ids.js';
import { buildStatusQuery } from '../../src/contracts/messages.js';
import { failsToBuild, PACKAGE, repositoryOf, submission } from './script.js';
import { ARCHIVE } from './seed.js';
import { anyOf, between, goesOn, type Crowd } from './storm.js';
import type { StormBuild } from './storm-build.js';

/** Stages in which users cancel their builds, in turn; with the last one, any stage. */
const STAGES = ['waiting', 'starting', 'building', 'downloading', 'signing', 'publishing', 'any'] as const;
type WantedStage = (typeof STAGES)[number];
/** Looks for a build in the wanted stage before any other one is chosen. */
const LOOKS = 4;
/** Builds that are asked for their stage in parallel. */
const ASKED = 5;
/** Pause between two looks for a running build. */
const LOOK_SECONDS = 0.5;
const REGENERATE_EVERY: readonly [number, number] = [6, 14];

/** The task of a build's packages. */
export function rpmTaskOf(build: Pick<StormBuild, 'id'>): string {
  return `${build.id}-${ARCHIVE.chroot}`;
}

/** Submits a share of the storm's builds, evenly over `seconds` of it; the rest all at once at its end. */
export async function submitBuilds(storm: Crowd, share: number, seconds: number, signal: AbortSignal): Promise<void> {
  const sources = await upload(storm, `${PACKAGE}.spec`, packageSpec(1));
  const bad = await upload(storm, `${PACKAGE}.spec`, 'this is not a spec file\n');
  for (let sent = 0; sent < share; sent += 1) {
    await goesOn(seconds / share, signal);
    const n = storm.builds.size;
    const repository = storm.seeded.repositories[repositoryOf(n, storm.size)];
    if (repository === undefined) throw new Error(`there is no repository for build ${n}`);
    const kind = submission(n);
    const former = storm.seeded.builds.find((seeded) => seeded.repository === repository);
    const place = { owner: repository.owner, project: repository.dirname };
    const hasSources = kind !== 'rebuild' || former === undefined;
    const { id } = !hasSources
      ? await storm.people.rebuild(String(former.id))
      : await storm.people.createBuild({
          ...place,
          upload: kind === 'bad sources' ? bad : sources,
          file: `${PACKAGE}.spec`,
        });
    const script = hasSources && kind === 'bad sources' ? 'hasBadSources' : failsToBuild(id) ? 'fails' : 'succeeds';
    storm.builds.set(id, { id, repository, script, hasSources, canceledIn: null });
  }
}

async function upload({ installation, people }: Crowd, name: string, text: string): Promise<string> {
  const path = join(installation.directory.root, 'bench', name);
  writeFileSync(path, text);
  return people.upload([{ name, path }]);
}

/** Users cancel builds at various stages, a share of them, until `signal`. */
export async function cancelBuilds(storm: Crowd, share: number, seconds: number, signal: AbortSignal): Promise<void> {
  for (let sent = 0; sent < share && (await goesOn(seconds / (share + 1), signal));) {
    const wanted = STAGES[sent % STAGES.length] ?? 'any';
    const found = await findIn(storm, wanted, signal);
    if (found === null) continue;
    await cancel(storm, found.build, found.stage);
    sent += 1;
  }
}

/** Requests the end of a build like its user; one that has just ended is left alone. */
export async function cancel({ people, say }: Crowd, build: StormBuild, stage: string): Promise<void> {
  try {
    await people.cancel(String(build.id));
    build.canceledIn = stage;
    say(`build ${build.id} is canceled (${stage})`);
  } catch (error) {
    if (!(error instanceof CommandEnd)) throw error;
  }
}

/** A build that is in the stage now, or null. */
export async function findIn(
  storm: Crowd,
  wanted: WantedStage,
  signal: AbortSignal,
): Promise<{ readonly build: StormBuild; readonly stage: string } | null> {
  for (let look = 0; look < LOOKS && !signal.aborted; look += 1) {
    const views = await storm.people.builds();
    const free = views.flatMap(({ id, over, chrootStates }) => {
      const build = storm.builds.get(id);
      if (build === undefined || over || build.canceledIn !== null) return [];
      return [{ build, state: chrootStates[ARCHIVE.chroot] }];
    });
    if (wanted === 'waiting') {
      const last = free.findLast(({ state }) => state === 'pending');
      if (last !== undefined) return { build: last.build, stage: 'waiting' };
    } else {
      const busy = free.filter(({ state }) => state === 'starting' || state === 'running');
      const asked = busy.slice(0, ASKED).map(async ({ build }) => ({ build, stage: await stageOf(storm, build) }));
      const there = (await Promise.all(asked)).find(({ stage }) => stage === wanted);
      if (there !== undefined) return { build: there.build, stage: wanted };
      const any = anyOf(storm.random, wanted === 'any' ? free : busy);
      if (any !== undefined && (wanted === 'any' || look === LOOKS - 1))
        return { build: any.build, stage: any.state ?? 'unknown' };
    }
    await goesOn(0.3, signal);
  }
  return null;
}

async function stageOf({ client }: Crowd, build: StormBuild): Promise<string | null> {
  try {
    const handle = client.workflow.getHandle(buildWorkflowId(rpmTaskOf(build)));
    const status = await client.withDeadline(Date.now() + 1500, () => handle.query(buildStatusQuery));
    return status.stage;
  } catch {
    return null; // no worker, or it has ended
  }
}

/** Running tasks are put back to pending, as by a backend that is about to end. Resolves with their number. */
export async function reschedule(storm: Crowd, share: number, seconds: number, signal: AbortSignal): Promise<number> {
  let count = 0;
  let pause = seconds / (share + 1);
  const password = readFileSync(storm.installation.directory.passwordFile, 'utf8').trim();
  const headers = {
    authorization: `Basic ${Buffer.from(`user:${password}`).toString('base64')}`,
    'content-type': 'application/json',
  };
  while (count < share && (await goesOn(pause, signal))) {
    const running = (await storm.people.builds()).filter(
      ({ id, chrootStates }) => storm.builds.has(id) && chrootStates[ARCHIVE.chroot] === 'running',
    );
    const one = anyOf(storm.random, running);
    pause = one === undefined ? LOOK_SECONDS : seconds / (share + 1);
    if (one === undefined) continue;
    const body = { build_id: one.id, task_id: `${one.id}-${ARCHIVE.chroot}`, chroot: ARCHIVE.chroot };
    await fetch(`${storm.frontendUrl}/backend/reschedule_build_chroot/`, {
      ...{ method: 'POST', headers, body: JSON.stringify(body), signal: AbortSignal.timeout(10_000) },
    });
    count += 1;
    storm.say(`build ${one.id} is rescheduled`);
  }
  return count;
}

/** Owners request new metadata. */
export async function regenerate(storm: Crowd, signal: AbortSignal): Promise<void> {
  while (await goesOn(between(storm.random, REGENERATE_EVERY), signal)) {
    const one = anyOf(storm.random, storm.seeded.repositories);
    if (one !== undefined) await storm.people.act('POST', `projects/${one.owner}/${one.dirname}/regenerate`);
  }
}
