import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { differences, readBuildFacts, type BuildFacts } from './build-facts.js';
import type { HeldBuild } from './held-build.js';
import { CHROOT, type Rig } from './rig.js';

/** Differences from a build without the fault, as lines for people. Called when the build is over. */
export async function problemsOf(
  rig: Rig,
  build: HeldBuild,
  expected: { readonly reference: BuildFacts | null; readonly mayCostBuilder: boolean },
): Promise<readonly string[]> {
  const problems: string[] = [];
  const view = await build.view();
  const state = view.chrootStates[CHROOT];
  if (state !== 'succeeded') problems.push(`it ended as ${state ?? 'nothing'}`);
  for (const task of [String(build.id), build.task]) {
    const reports = view.tasks[task]?.terminalReports;
    if (reports !== 1) problems.push(`${reports ?? 0} terminal reports of ${task}`);
  }
  const starts = rig.installation.remoteStarts(build.task);
  const builders = new Set(starts.map(({ builder }) => builder)).size;
  if (builders !== starts.length) problems.push(`copr-rpmbuild started twice on one builder`);
  if (starts.length !== 1 && !(expected.mayCostBuilder && starts.length === 2)) {
    problems.push(`copr-rpmbuild was started ${starts.length} times`);
  }
  if (build.hasOpenTicket()) problems.push('a ticket is open');
  problems.push(...(await logProblems(rig, build)));
  try {
    if (expected.reference !== null) problems.push(...differences(await readBuildFacts(build), expected.reference));
  } catch (error) {
    problems.push(error instanceof Error ? error.message : String(error));
  }
  return problems;
}

/** The log that people read is the builder's own, after the part of an earlier builder. */
async function logProblems(rig: Rig, build: HeldBuild): Promise<readonly string[]> {
  const view = await build.view();
  const resultDir = view.chroots.find(({ name }) => name === CHROOT)?.resultDir ?? '';
  const file = join(build.directory, CHROOT, resultDir, 'builder-live.log.gz');
  const theirFile = join(rig.installation.data, 'playground/pool/logs', `${build.task}.log`);
  if (!existsSync(file)) return ['there is no builder-live.log.gz'];
  if (!existsSync(theirFile)) return ['the builder kept no log'];
  const live = gunzipSync(await readFile(file)).toString('latin1');
  const theirs = await readFile(theirFile, 'latin1');
  const last = live.split(/^=== attempt \d+: .* ===\n/m).at(-1);
  return last === theirs ? [] : [`the live log (${last?.length} bytes) is not the builder's (${theirs.length} bytes)`];
}

/** Programs that a fault left behind: command lines of processes that no part of the installation needs any more. */
export function strayProcesses(rig: Rig): readonly string[] {
  const { data } = rig.installation;
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => commandLine(pid))
    .filter(
      (line) => line.includes(data) && /^(\/\S*\/)?(sh|rsync|ssh|rpmsign|rpmkeys|createrepo_c|gpg|timeout) /.test(line),
    )
    .filter((line) => !line.includes('scripts/start.mjs'));
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
  } catch {
    return ''; // it has just ended
  }
}
