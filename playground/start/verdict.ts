import { gunzipSync } from 'node:zlib';
import { isBinaryArch } from '../../src/domain/names/rpm-file.js';
import type { ExampleBuild } from './examples.js';
import type { BuildSummary } from './frontend-client.js';
import type { Published } from './published.js';

/** Why a task failed, in one line, if known. */
export type ReasonOf = (task: string) => Promise<string | null>;

/** Faults in the examples' results; empty if everything is as it should be. */
export async function findFaults(input: {
  readonly builds: readonly ExampleBuild[];
  readonly summaries: readonly BuildSummary[];
  /** The packages that clients get of a chroot. */
  readonly publishedOf: (chroot: string) => Published;
  readonly reasonOf: ReasonOf;
}): Promise<readonly string[]> {
  const faults: string[] = [];
  for (const example of input.builds) {
    const summary = input.summaries.find(({ id }) => id === example.buildId);
    if (summary === undefined) faults.push(`${example.name}: the frontend does not know build ${example.buildId}`);
    else faults.push(...(await faultsOf(example, summary, input)));
  }
  return faults;
}

async function faultsOf(
  example: ExampleBuild,
  summary: BuildSummary,
  how: Pick<Parameters<typeof findFaults>[0], 'publishedOf' | 'reasonOf'>,
): Promise<readonly string[]> {
  if (example.shouldFail) {
    if (summary.state === 'failed') return [];
    return [`${example.name}: build ${summary.id} should have failed but is ${summary.state}`];
  }
  if (summary.state !== 'succeeded') return failedTasks(example, summary, how.reasonOf);
  const faults: string[] = [];
  for (const chroot of Object.keys(summary.chrootStates)) {
    const fault = await repositoryFault(how.publishedOf(chroot), summary.package ?? example.name);
    if (fault !== null) faults.push(`${example.name}: ${fault}`);
  }
  return faults;
}

async function failedTasks(
  example: ExampleBuild,
  summary: BuildSummary,
  reasonOf: ReasonOf,
): Promise<readonly string[]> {
  const chroots = Object.entries(summary.chrootStates).map(
    ([chroot, state]) => [`${summary.id}-${chroot}`, state] as const,
  );
  // If the source failed, the chroots failed with it and never were tasks.
  const tasks = summary.sourceState === 'succeeded' ? chroots : [[String(summary.id), summary.sourceState] as const];
  return Promise.all(
    tasks
      .filter(([, state]) => state !== 'succeeded')
      .map(
        async ([task, state]) =>
          `${example.name}: task ${task} is ${state}: ${(await reasonOf(task)) ?? 'see its logs'}`,
      ),
  );
}

/** Null if the repository lists an RPM named `name` (not a source package) and has the file. */
export async function repositoryFault(published: Published, name: string): Promise<string | null> {
  const packages = await readPrimary(published).catch((error: unknown) => {
    return error instanceof Error ? error.message : String(error);
  });
  const { place } = published;
  if (typeof packages === 'string') return `the metadata in ${place}/repodata cannot be read: ${packages}`;
  const found = packages.find((rpm) => rpm.name === name && isBinaryArch(rpm.arch));
  if (found === undefined) return `${place}/repodata does not list ${name}`;
  const isThere = await published.read(found.location).then(
    () => true,
    () => false,
  );
  return isThere ? null : `${place}/repodata lists ${found.location}, which is not there`;
}

type ListedPackage = { readonly name: string; readonly arch: string; readonly location: string };

/** Packages of the primary metadata that repomd.xml names. */
async function readPrimary({ read }: Published): Promise<readonly ListedPackage[]> {
  const repomd = (await read('repodata/repomd.xml')).toString('utf8');
  const primary = /<data type="primary">[\s\S]*?<location href="([^"]+)"/.exec(repomd)?.[1];
  if (primary === undefined) throw new Error('repomd.xml names no primary metadata');
  const raw = await read(primary);
  const xml = (primary.endsWith('.gz') ? gunzipSync(raw) : raw).toString('utf8');
  return [...xml.matchAll(/<package type="rpm">([\s\S]*?)<\/package>/g)].map(([, body = '']) => ({
    name: /<name>([^<]*)<\/name>/.exec(body)?.[1] ?? '',
    arch: /<arch>([^<]*)<\/arch>/.exec(body)?.[1] ?? '',
    location: /<location[^>]* href="([^"]+)"/.exec(body)?.[1] ?? '',
  }));
}
