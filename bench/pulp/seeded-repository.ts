import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { startResultsWeb } from '../../playground/results-web/server.js';
import { writeBuildRecord, type RecordedPackage } from '../../src/adapters/pulp-store/build-record.js';
import { syntheticPackages } from '../repo/synthetic-packages.js';
import type { PlainApi } from './plain-api.js';

const run = promisify(execFile);

/**
 * Makes `count` small packages that Pulp has in a repository `name`, and their builds in a chroot directory with the
 * records of builds that gave them to Pulp. Pulp copies them from a web server: uploads take ten times as long.
 */
export async function seedRepository(input: {
  readonly api: PlainApi;
  readonly name: string;
  readonly chrootDir: string;
  readonly source: string;
  readonly count: number;
}): Promise<void> {
  const { api, name, chrootDir, source, count } = input;
  const builds = new Map<string, RecordedPackage[]>();
  await mkdir(source, { recursive: true });
  for (const { location, rpm } of syntheticPackages(count, 'thin')) {
    const [build = '', file = ''] = location.split('/');
    await writeFile(path.join(source, file), rpm);
    const [, packageName = '', version = '', release = '', arch = ''] =
      /^(.+)-([^-]+)-([^-]+)\.(\w+)\.rpm$/.exec(file) ?? [];
    const sha256 = createHash('sha256').update(rpm).digest('hex');
    const record = { file, sha256, bytes: rpm.length, name: packageName, version, release, arch };
    builds.set(build, [...(builds.get(build) ?? []), record]);
  }
  await run('createrepo_c', ['--quiet', '--general-compress-type=gz', source]);
  const web = await startResultsWeb({ port: 0, directory: source });
  try {
    const repository = await api.call('POST', 'repositories/rpm/rpm/', { name });
    const remote = await api.call('POST', 'remotes/rpm/rpm/', { name, url: web.url, policy: 'immediate' });
    await api.done('POST', `${String(repository['pulp_href'])}sync/`, { remote: remote['pulp_href'] });
  } finally {
    await web.close();
  }
  for (const [build, packages] of builds) {
    await mkdir(path.join(chrootDir, build), { recursive: true });
    await writeBuildRecord(chrootDir, { build, listedIn: ['public'], packages, left: [] });
  }
}
