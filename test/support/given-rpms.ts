import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { runCommand } from '../../src/adapters/process/run-command.js';

export type RpmRecipe = {
  readonly name: string;
  readonly version?: string;
  readonly release?: string;
  /** File names of binary packages, in rpmbuild's query format (`_rpmfilename`). */
  readonly fileName?: string;
  /** Packages with another summary differ in content, and so in their checksums. */
  readonly summary?: string;
  /** Names of further binary packages, `<name>-<sub>`. */
  readonly subpackages?: readonly string[];
  /** Further lines of the main package's head, such as `Provides: x`. */
  readonly head?: readonly string[];
  /** Words of a changelog's only entry; macros are expanded. */
  readonly changelog?: string;
};

/** Builds real RPMs (noarch and source) with rpmbuild into `directory`; returns their file names, sorted. */
export async function givenRpms(directory: string, recipe: RpmRecipe): Promise<readonly string[]> {
  const work = path.join(directory, '.rpmbuild');
  await mkdir(work, { recursive: true });
  await writeFile(path.join(work, 'package.spec'), specOf(recipe));
  const macros = ['_topdir', '_rpmdir', '_srcrpmdir'].flatMap((name) => ['--define', `${name} ${work}/${name}`]);
  const fileName = recipe.fileName ?? '%{NAME}-%{VERSION}-%{RELEASE}.%{ARCH}.rpm';
  const flat = ['--define', `_build_name_fmt ${fileName.replaceAll('%', '%%')}`];
  const args = ['-ba', '--quiet', ...macros, ...flat, path.join(work, 'package.spec')];
  const result = await runCommand('rpmbuild', args, { timeoutMs: 60_000, env: { HOME: work } });
  if (result.code !== 0) throw new Error(result.summary);
  const made: string[] = [];
  for (const from of ['_rpmdir', '_srcrpmdir']) {
    for (const name of await readdir(path.join(work, from))) {
      await rename(path.join(work, from, name), path.join(directory, name));
      made.push(name);
    }
  }
  await rm(work, { recursive: true, force: true });
  return made.sort();
}

function specOf(recipe: RpmRecipe): string {
  const { name, version = '1.0', release = '1', summary = 'A package', subpackages = [], ...rest } = recipe;
  const subs = subpackages.flatMap((sub) => [`%package ${sub}`, `Summary: ${sub}`, `%description ${sub}`, sub]);
  const head = [
    `Name: ${name}`,
    `Version: ${version}`,
    `Release: ${release}`,
    `Summary: ${summary}`,
    'License: MIT',
    'BuildArch: noarch',
    ...(rest.head ?? []),
  ];
  const entry =
    rest.changelog === undefined ? [] : ['%changelog', '* Mon Jan 01 2024 A <a@b> - 1.0-1', `- ${rest.changelog}`];
  const files = ['%files', ...subpackages.map((sub) => `%files ${sub}`)];
  return [...head, '%description', summary, ...subs, ...files, ...entry, ''].join('\n');
}
