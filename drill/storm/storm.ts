import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { Installation } from '../../bench/installation/installation.js';
import type { FrontendClient } from '../../playground/commands/frontend-client.js';
import type { FaultyProxy } from '../../test/support/faulty-proxy.js';
import type { Questions } from './questions.js';
import type { Seeded } from './seed.js';
import type { StormSize } from './size.js';
import type { StormBuild } from './storm-build.js';
import type { WorkerFleet } from './worker-fleet.js';

/** Ms since 1970. */
export type Outage = { readonly from: number; to: number };

/** State shared by the parts of a storm. */
export type Storm = {
  readonly size: StormSize;
  readonly say: (line: string) => void;
  /** Between 0 and 1; the same for the same seed. */
  readonly random: () => number;
  readonly installation: Installation;
  /** In front of the frontend, for the workers and their builders. */
  readonly frontend: FaultyProxy;
  /** The frontend itself, as its users reach it. */
  readonly people: FrontendClient;
  readonly frontendUrl: string;
  readonly client: Client;
  readonly fleet: WorkerFleet;
  readonly questions: Questions;
  readonly seeded: Seeded;
  readonly builds: Map<number, StormBuild>;
  readonly outages: Outage[];
  /** Tasks whose cancel confirmations the frontend refuses or refused, and the one that it never accepts. */
  readonly refusedCancels: Set<string>;
  refusedForEver: string | null;
  /** How often pollers got another configuration. */
  reconfigurations: number;
  /** True while Temporal is stopped on purpose. */
  isTemporalDown: boolean;
};

/** The part of a storm that users need: they submit, cancel, reschedule. */
export type Crowd = Pick<
  Storm,
  'say' | 'random' | 'installation' | 'people' | 'frontendUrl' | 'client' | 'seeded' | 'builds'
> & { readonly size: Pick<StormSize, 'builds' | 'repositories' | 'hot'> };

/** The data from which the ends of builds are read. */
export type Scene = Pick<
  Storm,
  'installation' | 'frontendUrl' | 'seeded' | 'builds' | 'refusedCancels' | 'refusedForEver'
> & { readonly size: Pick<StormSize, 'builds'> };

/** A controller for a signal with any number of listeners; aborted with `parent`. */
export function stormController(parent: AbortSignal): AbortController {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal);
  const onAbort = (): void => controller.abort();
  parent.addEventListener('abort', onAbort, { once: true, signal: controller.signal });
  if (parent.aborted) onAbort();
  return controller;
}

/** Waits for a number of seconds; false if `signal` ends the wait, and with it the caller's work. */
export async function goesOn(seconds: number, signal: AbortSignal): Promise<boolean> {
  await sleep(seconds * 1000, undefined, { signal }).catch(() => undefined);
  return !signal.aborted;
}

/** A random number of the given range. */
export function between(random: () => number, [least, most]: readonly [number, number]): number {
  return least + random() * (most - least);
}

/** Any element; undefined if there is none. */
export function anyOf<T>(random: () => number, all: readonly T[]): T | undefined {
  return all[Math.floor(random() * all.length)];
}

/** Numbers that look random and are the same for the same seed (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
