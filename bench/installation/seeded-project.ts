import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { z } from 'zod';
import { ensureProject, machineChroot } from '../../playground/frontend/projects.js';
import { RpmResults, STATUS } from '../../playground/frontend/state.js';
import { openStore } from '../../playground/frontend/store.js';
import type { DataDirectory } from '../../playground/start/data-directory.js';
import { targetDirectory } from '../../src/domain/build/build-directory.js';
import { buildPlanDirectory } from '../stand-ins/scripted-build.js';
import { PACKAGE } from '../stand-ins/prepared-packages.js';
import { PROJECT } from './warm-up.js';
import { importedBuild } from './seeded-build.js';

/**
 * A project with this many successful builds: in the state of a frontend that does not run yet, and in the results
 * tree, as the backend leaves them. It asks for its metadata and its key, like a new project. Returns the builds'
 * numbers; needs as many prepared packages.
 */
export function seedProject(directory: DataDirectory, count: number): readonly number[] {
  const store = openStore(join(directory.playground, 'frontend'));
  const { owner, project } = PROJECT;
  const chroot = machineChroot();
  const { packages: prepared } = buildPlanDirectory(join(directory.root, 'bench'));
  ensureProject(store, { owner, name: project, chroots: [chroot] });
  return Array.from({ length: count }, (_, index) => {
    const source = join(prepared, String(index));
    const record = importedBuild({ owner, project, chroot, gitHash: null });
    const times = { startedOn: record.createdOn, endedOn: record.createdOn };
    const packages = packagesOf(source);
    const build = store.addBuild({
      ...record,
      source: { ...record.source, ...times },
      chroots: record.chroots.map((row) => ({ ...row, ...times, status: STATUS.succeeded, packages })),
    });
    build.source.resultDir = targetDirectory({ buildId: build.id, packageName: null });
    const resultDir = targetDirectory({ buildId: build.id, packageName: PACKAGE });
    for (const row of build.chroots) row.resultDir = resultDir;
    store.saveBuild(build);
    layDown(source, join(directory.results, owner, project, chroot, resultDir), build.id);
    layDown(source, join(directory.results, owner, project, 'srpm-builds', build.source.resultDir), build.id);
    return build.id;
  });
}

function packagesOf(prepared: string): NonNullable<z.infer<typeof RpmResults>['packages']> {
  return RpmResults.parse(JSON.parse(readFileSync(join(prepared, 'results.json'), 'utf8'))).packages ?? [];
}

function layDown(prepared: string, target: string, buildId: number): void {
  mkdirSync(target, { recursive: true });
  cpSync(prepared, target, { recursive: true });
  writeFileSync(join(target, 'build.info'), `build_id=${buildId}\nbuilder_ip=127.0.0.1`);
  writeFileSync(join(target, 'success'), 'done\n');
}
