import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { RunningPulp } from '../../playground/pulp/server.js';
import { digestOfFile } from '../../src/adapters/files/digest.js';
import { createPulpExchange, type PulpExchange } from '../../src/adapters/pulp/exchange.js';
import { createPulpPackages, type LocalPackage, type PulpPackages } from '../../src/adapters/pulp/packages.js';
import { createPulpRepositories, type PulpRepositories } from '../../src/adapters/pulp/repositories.js';
import { pulpSettings, type PulpSettings } from '../../src/adapters/pulp/settings.js';
import type { TaskMemory } from '../../src/adapters/pulp/tasks.js';
import { startFaultyProxy, type FaultyProxy } from './faulty-proxy.js';
import { givenDirectory } from './given-directory.js';
import { givenRpms, type RpmRecipe } from './given-rpms.js';
import { pulp } from './pulp.js';

/** Its first installation on a machine takes minutes. */
export const PULP_START_MS = 15 * 60_000;

/** The real Pulp of the run, as our client sees it, through a proxy that a test makes fail. */
export type GivenPulp = {
  readonly server: RunningPulp;
  readonly proxy: FaultyProxy;
  readonly exchange: PulpExchange;
  readonly packages: PulpPackages;
  readonly repositories: PulpRepositories;
  /** Real packages that Pulp has never seen, unless the recipe and the summary are given again. */
  readonly rpms: (recipe: Partial<RpmRecipe>) => Promise<readonly LocalPackage[]>;
  /** A name that nobody used. */
  readonly name: () => string;
  readonly close: () => Promise<void>;
};

export function settingsOf(server: RunningPulp, url = server.url): PulpSettings {
  const { username, password } = server;
  return pulpSettings({ base_url: url, username, password }, 'the test');
}

export async function givenPulp(): Promise<GivenPulp> {
  const server = await pulp();
  const proxy = await startFaultyProxy(server.url);
  const exchange = await createPulpExchange(settingsOf(server, proxy.url));
  const directory = await givenDirectory();
  let made = 0;
  return {
    ...{ server, proxy, exchange },
    packages: createPulpPackages(exchange),
    repositories: createPulpRepositories(exchange),
    rpms: async (recipe) => {
      const place = path.join(directory.path, String((made += 1)));
      const names = await givenRpms(place, { name: 'a', summary: randomUUID(), ...recipe });
      return Promise.all(names.map((name) => localPackage(path.join(place, name), { build_id: '7', chroot: 'c' })));
    },
    name: () => `jdoe/${randomUUID()}/fedora-42-x86_64`,
    close: async () => {
      exchange.close();
      await proxy.stop();
      await directory.remove();
      assert.deepEqual(proxy.unspent(), []);
    },
  };
}

export async function localPackage(file: string, labels: LocalPackage['labels']): Promise<LocalPackage> {
  return { file, sha256: await digestOfFile(file), bytes: (await stat(file)).size, labels };
}

/** A memory like that of an activity: a later attempt finds in it what an earlier one remembered. */
export function givenMemory(): TaskMemory & { readonly tasks: Map<string, string> } {
  const tasks = new Map<string, string>();
  return {
    tasks,
    remembered: (step) => tasks.get(step),
    remember: (step, href) => {
      if (href === null) tasks.delete(step);
      else tasks.set(step, href);
    },
  };
}
