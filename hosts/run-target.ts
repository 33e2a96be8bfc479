import { realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { newerCreaterepo } from '../bench/repo/createrepo-programs.js';
import { withLock } from '../scripts/lock-directory.mjs';
import { findProgram } from '../scripts/provision.mjs';
import { ArchiveUnreachable } from './isolated-apt.js';
import { replacementLine, type Lock } from './lock.js';
import { nodeRelease, RegistryUnreachable } from './node-releases.js';
import { execute, TEMPORAL_INSIDE, whyNoRoots, type Place } from './place.js';
import type { BatchResult, Said, ToolVersions } from './protocol.js';
import { projectCache } from './root-source.js';
import type { TargetResult } from './table.js';
import type { Target } from './targets.js';
import { batchesOf, type Selection } from './test-sets.js';
import { NoArchive, unpackedRoot, type RootSource } from './unpacked-root.js';

/** The longest test files take some minutes; on a busy machine more. */
const BATCH_MS = 30 * 60_000;

/** This machine, or the permissions of this user, do not meet the target's needs. */
class NotHere extends Error {}

/** Causes that nobody here can help: such a target is skipped; any other target that does not run has failed. */
const SKIPPING = [ArchiveUnreachable, NoArchive, RegistryUnreachable, NotHere];

export type TargetRun = {
  readonly checkout: string;
  readonly selection: Selection;
  readonly lock: Lock;
  readonly source: RootSource;
};

/** Runs the requested tests on one target; rejects only when it is interrupted. */
export async function runTarget(target: Target, run: TargetRun): Promise<TargetResult> {
  const { signal, say } = run.source;
  const asked = batchesOf(run.checkout, run.selection, {
    ...{ inRoot: target.host !== null, publicationOnly: target.createrepo !== 'system' },
  });
  const batches = new Map<string, BatchResult>();
  let versions: ToolVersions = {};
  let fault: TargetResult['fault'] = null;
  function said(one: Said): void {
    if (one.kind === 'tools') {
      versions = one.versions;
      return;
    }
    batches.set(one.name, one);
    const failed = one.failed === 0 ? '' : `, ${one.failed} failed`;
    say(`${target.name}: ${one.name}: ${one.passed} passed${failed} (${Math.round(one.seconds)} s)`);
    for (const { title, message } of one.failures) say(`    ${title}: ${message.trim().split('\n')[0] ?? ''}`);
  }
  try {
    if (target.createrepo !== 'system') await newerCreaterepo(); // a root has no network to fetch it
    const place = await placeOf(target, run);
    const temporal = place.root === null ? place.temporal : TEMPORAL_INSIDE;
    const orders = {
      ...{ batches: asked, batchMs: BATCH_MS, createrepo: target.createrepo },
      environment: { COPR_HOST: target.name, TEMPORAL_CLI: temporal },
    };
    await execute(orders, place, { said, signal });
  } catch (error) {
    signal.throwIfAborted();
    const kind = SKIPPING.some((type) => error instanceof type) ? 'skipped' : 'failed';
    fault = { kind, reason: (error as Error).message };
    say(`${target.name}: ${kind}: ${fault.reason}`);
  }
  return { name: target.name, versions, asked: asked.map(({ name }) => name), batches, fault };
}

async function placeOf({ host, node }: Target, { lock, source }: TargetRun): Promise<Place> {
  const architecture = { x64: 'amd64' }[process.arch as string] ?? process.arch;
  if ((host !== null || node !== null) && architecture !== lock.architecture) {
    throw new NotHere(`the lock is for ${lock.architecture}, and this machine is ${architecture}`);
  }
  const cache = projectCache();
  const tools = { npm: npmDirectory(), temporal: temporalCli(), cache };
  const locked = node === null ? undefined : lock.nodes[node];
  const program = locked === undefined ? process.execPath : await nodeRelease(locked, { ...source, cache });
  if (host === null) return { ...tools, root: null, node: program };
  const why = await whyNoRoots();
  if (why !== null) throw new NotHere(why);
  const { path, replaced } = await withLock(join(source.cache, `${host.name}.lock`), () =>
    unpackedRoot(host, lock.hosts[host.name] ?? [], source),
  );
  for (const one of replaced) source.say(`${host.name}: ${replacementLine(one)}`);
  return { ...tools, root: path, node: program };
}

/** The directory of npm: the one that runs this, or the one on PATH. */
function npmDirectory(): string {
  const named = process.env['npm_execpath'];
  const script = named !== undefined && /npm-cli\.[cm]?js$/.test(named) ? named : findProgram('npm');
  if (script === null) throw new Error('npm is not on PATH');
  return dirname(dirname(realpathSync(script)));
}

/** scripts/test-hosts.mjs has looked for it. */
function temporalCli(): string {
  const path = process.env['TEMPORAL_CLI'];
  if (path === undefined) throw new Error('TEMPORAL_CLI is not set: npm run test:hosts starts this');
  return realpathSync(path);
}
