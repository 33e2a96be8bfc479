import { link, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runCommand } from '../../src/adapters/process/run-command.js';
import type { IndexerRun } from '../../src/ports/repository/repository-indexer.js';
import { Publisher } from './killed-publisher.js';
import { openPlace, type DrilledStorage } from './place.js';
import { lookOnce, lookWithDnf } from './reader.js';

export const REPOSITORY = { owner: 'drill', dirname: 'readers', chroot: 'fedora-42-x86_64' };
const PACKAGES = 60;
const NOTHING: IndexerRun = {
  ...{ add: [], delete: [], removeRpms: [] },
  ...{ full: false, reread: false, devel: false, appstream: false, doStat: false },
};

export type ReadersOutcome = {
  readonly publications: number;
  readonly kills: number;
  readonly rollbacks: number;
  readonly looks: number;
  readonly dnfLooks: number;
  readonly errors: readonly string[];
};

/** Publishes while readers look, and kills the publisher every few runs; the errors are those that readers saw. */
export async function drillReaders(options: {
  readonly publications: number;
  readonly readers: number;
  readonly dnf: boolean;
  readonly storage: DrilledStorage;
  readonly say: (line: string) => void;
}): Promise<ReadersOutcome> {
  const root = await mkdtemp(path.join(tmpdir(), 'copr-readers-'));
  const place = await openPlace(root, options.storage, { repository: REPOSITORY, say: options.say });
  const { baseurl, chroot } = place;
  const errors: string[] = [];
  const publisher = new Publisher(place);
  let publications = 0;
  let rollbacks = 0;
  let looks = 0;
  let dnfLooks = 0;
  let isOver = false;
  try {
    const rpms = await makePackages(path.join(root, 'pool'));
    const there = new Set<number>();
    const buildOf = (index: number): string => `${String(index).padStart(8, '0')}-p`;
    const publish = async (change: { readonly add?: number; readonly delete?: number }): Promise<string> => {
      if (change.add !== undefined) {
        const directory = path.join(chroot, buildOf(change.add));
        await mkdir(directory, { recursive: true });
        const rpm = rpms[change.add] ?? '';
        await link(path.join(root, 'pool', rpm), path.join(directory, rpm)).catch((error: unknown) => {
          if (!(error instanceof Error) || !('code' in error) || error.code !== 'EEXIST') throw error;
        });
        there.add(change.add);
      } else if (change.delete !== undefined) there.delete(change.delete);
      publications += 1;
      if (publications % 50 === 0) options.say(`${publications} publications, ${looks} looks, ${errors.length} errors`);
      const lists = {
        add: change.add === undefined ? [] : [buildOf(change.add)],
        delete: change.delete === undefined ? [] : [buildOf(change.delete)],
      };
      return publisher.do({ run: { ...NOTHING, ...lists } });
    };
    const any = (from: readonly number[]): number => from[Math.floor(Math.random() * from.length)] ?? 0;
    const absent = (): readonly number[] => [...rpms.keys()].filter((index) => !there.has(index));
    const changeSomething = (): Promise<string> =>
      there.size > PACKAGES / 2 || (there.size > 3 && Math.random() < 0.35)
        ? publish({ delete: any([...there]) })
        : publish({ add: any(absent()) });

    let earlier = await publish({ add: 0 });
    const reading = Array.from({ length: options.readers }, async (_, reader) => {
      for (let round = 1; !isOver; round += 1) {
        const found = await lookOnce(baseurl, 200 + Math.random() * 800).catch((error: unknown) => [String(error)]);
        looks += 1;
        errors.push(...found);
        if (options.dnf && reader === 0 && round % 10 === 0) {
          const said = await lookWithDnf(baseurl);
          dnfLooks += 1;
          if (said !== null) errors.push(`dnf: ${said}`);
        }
      }
    });
    while (publications < options.publications) {
      const revision = await changeSomething();
      if (Math.random() < 0.07) {
        rollbacks += 1;
        await publisher.do({ operation: { kind: 'rollback', generation: earlier, by: 'drill', reason: null } });
        for (let count = Math.random() * 4; count > 0; count -= 1) await changeSomething();
        await publisher.do({ operation: { kind: 'release', by: 'drill' } });
      } else earlier = revision;
    }
    isOver = true;
    await Promise.all(reading);
    errors.push(...(await place.differences(new Map([...there].map((index) => [buildOf(index), rpms[index] ?? ''])))));
    return { publications, kills: publisher.kills, rollbacks, looks, dnfLooks, errors };
  } finally {
    isOver = true;
    await publisher.end();
    await place.close();
    await rm(root, { recursive: true, force: true });
  }
}

/** Makes small distinct packages, all from one spec file; returns their file names. */
async function makePackages(directory: string): Promise<readonly string[]> {
  await mkdir(directory, { recursive: true });
  const names = Array.from({ length: PACKAGES }, (_, index) => `s${index}`);
  const spec = [
    ...['Name: p', 'Version: 1', 'Release: 1', 'Summary: p', 'License: MIT', 'BuildArch: noarch', '%description', 'p'],
    ...names.flatMap((name) => [
      `%package ${name}`,
      `Summary: ${name}`,
      `%description ${name}`,
      name,
      `%files ${name}`,
    ]),
    '',
  ];
  await writeFile(path.join(directory, 'p.spec'), spec.join('\n'));
  const macros = ['--define', `_topdir ${directory}/top`, '--define', `_rpmdir ${directory}`];
  const flat = ['--define', '_build_name_fmt %%{NAME}-%%{VERSION}-%%{RELEASE}.%%{ARCH}.rpm'];
  const built = await runCommand('rpmbuild', ['-bb', '--quiet', ...macros, ...flat, path.join(directory, 'p.spec')], {
    timeoutMs: 120_000,
    env: { HOME: directory },
  });
  if (built.code !== 0) throw new Error(built.summary);
  return (await readdir(directory)).filter((name) => name.endsWith('.rpm')).sort();
}
