import assert from 'node:assert/strict';
import { mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { lookWithDnf } from '../../drill/readers/reader.js';
import { givenRpms } from './given-rpms.js';
import { givenMovingInstallation, type MovingInstallation } from './moving-installation.js';
import { seenByClients } from './seen-by-clients.js';

/** Seconds for a copy, its kills among them, per build. */
const SECONDS_PER_BUILD = 4;

export type MoveFigures = {
  readonly packages: number;
  /** Until clients were sent to Pulp. */
  readonly secondsToCutOver: number;
  readonly secondsToUndo: number;
  /** Builds that ended meanwhile. */
  readonly built: number;
  readonly looks: number;
  readonly kills: number;
  readonly uploads: number;
};

/**
 * Moves a project to Pulp and back while builds of it run, its worker is killed, and clients read everything that they
 * are offered. Throws if a look misses a package that there was before, if a build fails, or if a package is uploaded
 * twice.
 */
export async function moveThroughKills(
  size: { readonly builds: number; readonly kills: number },
  say: (line: string) => void,
): Promise<MoveFigures> {
  const moving = await givenMovingInstallation();
  try {
    await moving.build();
    const names = await givenBuilds(moving, size.builds, say);
    await moving.configurePulp();
    const uploadsBefore = moving.uploads();
    const clients = repeat(() => lookForAll(moving.baseurl, names));
    const users = repeat(moving.build);
    const secondsToCutOver = await moveAndKill(moving, size, say);
    assert.equal(await moving.storage(), 'pulp');
    const built = await users.end();
    const uploads = moving.uploads() - uploadsBefore;
    const packages = (await moving.rpmsInTree()).length;
    assert.equal(uploads, packages, 'each package went to Pulp once, and is still here');
    say(`all ${packages} packages are at Pulp; the move is undone`);
    const more = repeat(moving.build);
    const began = Date.now();
    const { code, stderr } = await moving.run('--undo');
    assert.equal(code, 0, stderr);
    const secondsToUndo = secondsSince(began);
    assert.equal(await moving.storage(), 'backend');
    const builtLater = await more.end();
    const looks = await clients.end();
    await lookForAll(moving.baseurl, names);
    return { packages, secondsToCutOver, secondsToUndo, built: built + builtLater, looks, kills: size.kills, uploads };
  } finally {
    await moving.close();
  }
}

/** Puts builds of different packages into the project, as if they had always been there; the names of their files. */
async function givenBuilds(
  { installation, directory }: MovingInstallation,
  builds: number,
  say: (line: string) => void,
): Promise<readonly string[]> {
  const names: string[] = [];
  // Only the name of a build directory says which build it is; the frontend knows none of these.
  for (let index = 1; index <= builds; index += 1) {
    const name = `many${index}`;
    const place = path.join(directory, `${String(90_000_000 + index)}-${name}`);
    const made = path.join(installation.data, 'made');
    await mkdir(made, { recursive: true });
    names.push(...(await givenRpms(made, { name })));
    await rename(made, place);
    if (index % 100 === 0) say(`${index} of ${builds} packages are made`);
  }
  const { code, stderr } = await installation.program('copr-repo', directory, '--do-stat');
  assert.equal(code, 0, stderr);
  await rm(path.join(installation.data, 'made'), { recursive: true, force: true });
  return names;
}

/** Seconds until clients were sent to Pulp. */
async function moveAndKill(
  { installation, run, look }: MovingInstallation,
  { builds, kills }: { readonly builds: number; readonly kills: number },
  say: (line: string) => void,
): Promise<number> {
  const began = Date.now();
  const started = await run('--to-pulp', '--no-wait');
  assert.equal(started.code, 0, started.stderr);
  let killed = 0;
  await installation.until(
    'clients were sent to Pulp',
    async () => {
      const status = await look();
      if (status === null) return false;
      assert.equal(status.outcome, null, JSON.stringify(status.outcome));
      const share = status.done.packages / (2 * builds);
      if (killed < kills && share >= killed / kills) {
        say(`${status.stage}: ${status.done.packages} packages are copied; the worker is killed`);
        await installation.killAndAwaitRestart('worker', 'SIGKILL');
        killed += 1;
      }
      return status.stage === 'soaking';
    },
    120 + builds * SECONDS_PER_BUILD,
  );
  assert.equal(killed, kills, 'the worker was killed as often as wanted');
  return secondsSince(began);
}

/** A client without a cache sees all of them, and dnf can read them. */
async function lookForAll(baseurl: string, names: readonly string[]): Promise<void> {
  const seen = await seenByClients(baseurl);
  assert.deepEqual(
    names.filter((name) => !(name in seen)),
    [],
  );
  assert.equal(await lookWithDnf(baseurl), null);
}

/** Does it again and again until it is told to end; rejects with its first failure. Resolves with how often. */
function repeat(once: () => Promise<void>): { readonly end: () => Promise<number> } {
  const over = new AbortController();
  const repeating = (async () => {
    let times = 0;
    while (!over.signal.aborted) {
      await once();
      times += 1;
    }
    return times;
  })();
  repeating.catch(() => undefined); // `end` rejects
  return {
    end: () => {
      over.abort();
      return repeating;
    },
  };
}

function secondsSince(began: number): number {
  return Math.round((Date.now() - began) / 1000);
}
