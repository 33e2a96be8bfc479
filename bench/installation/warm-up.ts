import { writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { packageSpec, PACKAGE } from '../stand-ins/prepared-packages.js';
import type { BenchRun } from '../subcommand.js';
import type { Installation } from './installation.js';
import { until } from './wait.js';

/** The project in which the bench builds. */
export const PROJECT = { owner: 'bench', project: 'packages' } as const;

/**
 * The first build of a project, from its sources: afterwards the project has its key and its repository, dist-git has
 * the sources, and everything has run once. Returns its number, for `rebuild`.
 */
export async function warmUp(
  run: BenchRun,
  installation: Installation,
  project: { readonly owner: string; readonly project: string } = PROJECT,
): Promise<number> {
  const { frontend } = installation;
  const id = await submitSources(installation, project);
  run.say(`warming up: build ${id} of ${project.owner}/${project.project}, from its sources`);
  await until(run, installation, {
    what: `the end of build ${id}`,
    seconds: 120,
    isTrue: async () => (await frontend.build(String(id))).over,
  });
  const { state } = await frontend.build(String(id));
  if (state !== 'succeeded') throw new Error(`build ${id}, which warms up, is ${state}`);
  return id;
}

/** Requests a build of the package from its sources; returns its number. */
export async function submitSources(
  { frontend, directory }: Installation,
  project: { readonly owner: string; readonly project: string },
): Promise<number> {
  const path = join(directory.root, 'bench', `${PACKAGE}.spec`);
  writeFileSync(path, packageSpec(1));
  const upload = await frontend.upload([{ name: basename(path), path }]);
  const { id } = await frontend.createBuild({ upload, file: basename(path), ...project });
  return id;
}
