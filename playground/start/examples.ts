import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { StoreKind } from '../../src/contracts/store-kind.js';
import { mainFile, type BuildSummary, type FrontendClient } from './frontend-client.js';

/** A project in which the examples are built. A project never changes its storage, so each storage has one. */
export type ExampleProject = { readonly owner: string; readonly project: string; readonly storage: 'backend' | 'pulp' };

export function exampleProject(storage: StoreKind): ExampleProject {
  if (storage === 'pulp') return { owner: 'copr', project: 'examples-in-pulp', storage: 'pulp' };
  return { owner: 'copr', project: 'examples', storage: 'backend' };
}

/** One of examples/: its directory's name, and how its build should end. */
export type Example = {
  readonly name: string;
  readonly directory: string;
  readonly file: string;
  readonly shouldFail: boolean;
};

/** An example and its build. */
export type ExampleBuild = Example & { readonly buildId: number; readonly submittedNow: boolean };

/** Directories of examples/ that contain something to build; `broken` is meant to fail. */
export async function findExamples(root: string): Promise<readonly Example[]> {
  const parent = join(root, 'examples');
  const entries = await readdir(parent, { withFileTypes: true }).catch(() => []);
  const examples: Example[] = [];
  for (const entry of entries) {
    if (!entry.isDirectory()) continue;
    const directory = join(parent, entry.name);
    const file = mainFile(await readdir(directory));
    if (file !== null)
      examples.push({ name: entry.name, directory, file, shouldFail: entry.name.startsWith('broken') });
  }
  return examples.sort((a, b) => Number(a.shouldFail) - Number(b.shouldFail) || b.name.localeCompare(a.name));
}

/**
 * Submits each example that has no build in the project yet, and again those that should have succeeded but did not.
 */
export async function ensureExamples(
  client: FrontendClient,
  examples: readonly Example[],
  project: ExampleProject,
): Promise<readonly ExampleBuild[]> {
  const earlier = new Map<string, BuildSummary>();
  const ofProject = (await client.builds()).filter((build) => isOf(build, project));
  for (const build of ofProject.toSorted((a, b) => a.id - b.id)) earlier.set(await client.fileOf(build.id), build);
  const builds: ExampleBuild[] = [];
  for (const example of examples) {
    const known = earlier.get(example.file);
    const isGood = known !== undefined && (!known.over || example.shouldFail || known.state === 'succeeded');
    const buildId = isGood ? known.id : await client.submit(example.directory, project);
    builds.push({ ...example, buildId, submittedNow: !isGood });
  }
  return builds;
}

function isOf(build: BuildSummary, { owner, project }: ExampleProject): boolean {
  return build.owner === owner && build.project === project;
}
